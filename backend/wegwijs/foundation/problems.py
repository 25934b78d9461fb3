"""Every failure a user can meet: one typed, numbered list (RFC 9457), printed in docs/problems.md.

A number is never re-used. 10xx general, 11xx sign-in and access, 12xx enrolment, 13xx people, 20xx catalogue,
30xx sync batches, 31xx the verdict on one mutation (answered inside a 200), 40xx review and reports.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ProblemType:
    """One kind of failure. `status` is the HTTP status; 200 marks a verdict inside a batch answer."""

    code: str
    number: int
    status: int
    title: str
    meaning: str


_LIST = [
    ProblemType(
        "bad_request",
        1000,
        400,
        "The request could not be read",
        "Not JSON, a wrong type, or an unknown field. `detail` names the place; nothing was stored.",
    ),
    ProblemType("not_found", 1001, 404, "Not found", "No such address or record, or not yours to see."),
    ProblemType("method_not_allowed", 1002, 405, "Method not allowed", "The address exists, the method does not."),
    ProblemType(
        "too_large",
        1003,
        413,
        "The request is too large",
        "Over the size limit. Send less at once; nothing was stored.",
    ),
    ProblemType(
        "wrong_content_type",
        1004,
        415,
        "The content type is not accepted here",
        "Send `application/json`.",
    ),
    ProblemType(
        "too_many_requests",
        1005,
        429,
        "Too many tries",
        "Wait the number of seconds in `Retry-After`, then try again.",
    ),
    ProblemType("internal", 1006, 500, "Something went wrong on the server", "Logged under `request_id`; try again."),
    ProblemType(
        "database_busy",
        1007,
        503,
        "The database is busy",
        "Nothing was stored; try again after `Retry-After`.",
    ),
    ProblemType(
        "database_read_only",
        1008,
        503,
        "The database can be read but not written",
        "A full disk or wrong rights. Nothing was stored; devices keep their records and try again.",
    ),
    ProblemType(
        "database_unavailable",
        1009,
        503,
        "The database cannot be reached",
        "It is missing, closed, damaged or stopped. Nothing was stored; devices keep their records and try again.",
    ),
    ProblemType(
        "journal_unavailable",
        1011,
        503,
        "The journal cannot be written",
        "An erasure or a revocation is written down outside the database first. Nothing was changed; see its disk.",
    ),
    ProblemType("unknown_host", 1010, 400, "Unknown host name", "The request names a host this server is not."),
    ProblemType("signed_out", 1101, 401, "Signed out", "There is no session, or it has ended. Sign in again."),
    ProblemType("not_allowed", 1102, 403, "Not allowed", "This role may not do that."),
    ProblemType(
        "foreign_origin",
        1103,
        403,
        "The request comes from another site",
        "Only pages of this very server may change something. Nothing was stored.",
    ),
    ProblemType(
        "sign_in_refused",
        1104,
        403,
        "Sign-in refused",
        "The challenge is unknown, spent or older than two minutes, or the signature does not fit. Ask for a new one.",
    ),
    ProblemType(
        "device_revoked",
        1105,
        403,
        "This device has been switched off",
        "Its key opens nothing any more. A new invitation makes it a new device; what it has not sent stays on it.",
    ),
    ProblemType(
        "device_cloned",
        1106,
        403,
        "Two phones use this device's key",
        "The same number came with two mutations. Enrol again with a new code; what waits is handed in then, once.",
    ),
    ProblemType(
        "invalid_code",
        1203,
        403,
        "This code is not known",
        "Mistyped, or replaced by a newer one. Check it, or ask anew.",
    ),
    ProblemType("code_expired", 1204, 403, "This code has expired", "Ask for a new invitation."),
    ProblemType(
        "code_used", 1205, 403, "This code was used already", "A code opens one device. Ask for a new invitation."
    ),
    ProblemType(
        "bad_public_key", 1206, 400, "Not a public key", "`public_key` is a raw Ed25519 key of 32 bytes in base64url."
    ),
    ProblemType(
        "last_administrator",
        1301,
        409,
        "The last administrator stays",
        "Somebody must be able to invite people. Make another administrator first.",
    ),
    ProblemType(
        "membership_off", 1302, 409, "This person has been switched off", "Add the person anew to let them in again."
    ),
    ProblemType("organisation_exists", 1303, 409, "There is an organisation of this name", "Choose another name."),
]

PROBLEMS: dict[str, ProblemType] = {}


def register(*types: ProblemType) -> None:
    """Add problem types. Raises ValueError when a code or number stands in the list already."""
    numbers = {known.number for known in PROBLEMS.values()}
    for kind in types:
        if kind.code in PROBLEMS or kind.number in numbers:
            raise ValueError(f"problem {kind.code} ({kind.number}) is already in the list")
        PROBLEMS[kind.code] = kind
        numbers.add(kind.number)


register(*_LIST)


class Problem(Exception):
    """A failure of a known type. `members` are further members of the problem document.

    Raises KeyError when the code is not in the list: a new failure is first written down, then raised.
    """

    def __init__(self, code: str, detail: str = "", *, retry_after: int | None = None, **members: Any) -> None:
        self.type = PROBLEMS[code]
        self.detail = detail or self.type.meaning
        self.retry_after = retry_after
        self.members = members
        super().__init__(f"{code}: {self.detail}")

    @property
    def headers(self) -> dict[str, str]:
        """Response headers this failure asks for."""
        return {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}

    def document(self) -> dict[str, Any]:
        """The RFC 9457 document."""
        return {
            "type": f"/problems/{self.type.code.replace('_', '-')}",
            "title": self.type.title,
            "status": self.type.status,
            "code": self.type.code,
            "number": self.type.number,
            "detail": self.detail,
            **self.members,
        }


def as_markdown() -> str:
    """The whole list as the page docs/problems.md; a test compares them."""
    lines = [
        "# Problems",
        "",
        "Every failure that a user of the interface can meet, as RFC 9457 documents (`application/problem+json`).",
        "The app translates by `code`. Status 200 marks a verdict on one mutation inside the answer to a push.",
        "",
        "| number | code | status | title | what it means |",
        "|---|---|---|---|---|",
    ]
    for kind in sorted(PROBLEMS.values(), key=lambda kind: kind.number):
        lines.append(f"| {kind.number} | `{kind.code}` | {kind.status} | {kind.title} | {kind.meaning} |")
    return "\n".join(lines) + "\n"
