"""Sound itself: is it sound, is it short enough, and written in the two forms that phones play. Knows no guide.

What comes in is decoded to samples and written anew, so nothing of the sender's file but its sound reaches a reader.
Everything here takes a moment of computing: callers run it in a thread.
"""

import hashlib
import io
import shutil
import subprocess
from typing import Final

import msgspec
import numpy as np
import soundfile

from wegwijs.foundation.problems import Problem
from wegwijs.guides.webm import NotWebm, as_ogg

MEDIA_TYPES: Final = ("audio/wav", "audio/ogg", "audio/webm")
LONGEST: Final = 30.0
"""Seconds: a sentence of 120 characters, read slowly, takes about twelve."""
SHORTEST: Final = 0.3
_RATE = 24_000
_QUIET = 0.005
_MOST_SAMPLES = int(LONGEST * 192_000)
# libsndfile counts compression from 0 to 1; this is 16 kbit/s of Opus, about 120 KB a minute.
_OPUS_LEVEL = 0.96
_MP3_LEVEL = 0.9
_ESPEAK = "espeak-ng"
_ESPEAK_SECONDS = 20


class Encoded(msgspec.Struct, frozen=True):
    """One recording as Ogg Opus and as MP3 (for iOS before 17). The names are hashes of the contents."""

    opus: bytes
    mp3: bytes
    seconds: float

    @property
    def opus_name(self) -> str:
        return f"{hashlib.sha256(self.opus).hexdigest()[:32]}.opus"

    @property
    def mp3_name(self) -> str:
        return f"{hashlib.sha256(self.mp3).hexdigest()[:32]}.mp3"


def encode_sound(data: bytes, media_type: str) -> Encoded:
    """Decode a recording of a declared type and write it anew. Raises Problem `not_sound`."""
    if media_type not in MEDIA_TYPES:
        raise Problem("not_sound", f"one of {', '.join(MEDIA_TYPES)}")
    try:
        samples, rate = _decoded(as_ogg(data) if media_type == "audio/webm" else data)
    except NotWebm as error:
        raise Problem("not_sound", f"The file {error}.") from None
    seconds = len(samples) / rate
    if not SHORTEST <= seconds <= LONGEST:
        raise Problem("not_sound", f"It lasts {seconds:.1f} seconds; {SHORTEST} to {LONGEST:.0f} are taken.")
    if float(np.max(np.abs(samples))) < _QUIET:
        raise Problem("not_sound", "It is silent.")
    plain = _resampled(samples, rate)
    return Encoded(
        _written(plain, "OGG", "OPUS", _OPUS_LEVEL), _written(plain, "MP3", "MPEG_LAYER_III", _MP3_LEVEL), seconds
    )


def _decoded(data: bytes) -> tuple[np.ndarray, int]:
    """Mono samples and their rate. Raises Problem `not_sound`."""
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            # A header may promise any length; what is read is bounded by what is allowed.
            samples = file.read(frames=_MOST_SAMPLES, dtype="float32", always_2d=True)
            rate = int(file.samplerate)
    except (soundfile.LibsndfileError, RuntimeError, ValueError, TypeError) as error:
        raise Problem("not_sound", "The file cannot be decoded as sound.") from error
    if not len(samples) or not 4_000 <= rate <= 192_000 or not np.all(np.isfinite(samples)):
        raise Problem("not_sound", "The file holds no sound.")
    return np.asarray(samples.mean(axis=1)), rate


def _resampled(samples: np.ndarray, rate: int) -> np.ndarray:
    """Speech at 24 kHz. Lines between samples are enough for a voice; a mean first keeps out what is higher."""
    if rate == _RATE:
        return samples
    if rate > _RATE:
        width = rate // _RATE
        samples = np.asarray(np.convolve(samples, np.ones(width, dtype="float32") / width, mode="same"))
    at = np.arange(int(len(samples) * _RATE / rate)) * (rate / _RATE)
    return np.asarray(np.interp(at, np.arange(len(samples)), samples), dtype="float32")


def _written(samples: np.ndarray, container: str, codec: str, level: float) -> bytes:
    out = io.BytesIO()
    soundfile.write(out, samples, _RATE, format=container, subtype=codec, compression_level=level)
    return out.getvalue()


def has_computer_voice() -> bool:
    """Whether espeak-ng is installed on this server; it is a program of its own, and nothing needs it."""
    return shutil.which(_ESPEAK) is not None


def speak(text: str, voice: str) -> Encoded:
    """A text in the computer's voice. Raises Problem `no_computer_voice`."""
    program = shutil.which(_ESPEAK)
    if program is None:
        raise Problem("no_computer_voice")
    try:
        # The text goes in as input and never as an argument, which could be taken for an option.
        done = subprocess.run(  # noqa: S603 (a fixed program, a voice of our own table)
            [program, "-v", voice, "-s", "135", "-b", "1", "--stdout"],
            input=text.encode(),
            capture_output=True,
            timeout=_ESPEAK_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise Problem("no_computer_voice", f"{_ESPEAK} has no voice {voice!r} here, or does not run.") from error
    return encode_sound(done.stdout, "audio/wav")
