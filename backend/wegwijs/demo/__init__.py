"""The demo organisation: a register whose counts are published figures, logged as phones would log it."""
