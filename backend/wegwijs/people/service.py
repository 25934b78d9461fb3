"""The door of this part: what other parts, the command line and the tests may call."""

from wegwijs.people.enrolment import end_demo_invitations, enrol, invite, invite_for_demo
from wegwijs.people.keys import LOST, KeysError, check_keys, public_keys, server_secret
from wegwijs.people.members import (
    add_member,
    add_membership,
    colleagues,
    list_members,
    list_teams,
    mark_cloned,
    member_named,
    revoke_device,
    switch_off,
)
from wegwijs.people.organisations import (
    MadeOrganisation,
    NewOrganisation,
    find_organisation,
    make_organisation,
    when_made,
)
from wegwijs.people.sessions import Opened, end_session, make_challenge, me, report_device, resolve, sign_in, touch

__all__ = [
    "LOST",
    "KeysError",
    "MadeOrganisation",
    "NewOrganisation",
    "Opened",
    "add_member",
    "add_membership",
    "check_keys",
    "colleagues",
    "end_demo_invitations",
    "end_session",
    "enrol",
    "find_organisation",
    "invite",
    "invite_for_demo",
    "list_members",
    "list_teams",
    "make_challenge",
    "make_organisation",
    "mark_cloned",
    "me",
    "member_named",
    "public_keys",
    "report_device",
    "resolve",
    "revoke_device",
    "server_secret",
    "sign_in",
    "switch_off",
    "touch",
    "when_made",
]
