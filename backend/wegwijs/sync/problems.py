"""Failures of the synchronisation: of a whole batch (30xx), and verdicts on one mutation (31xx, inside a 200)."""

from wegwijs.foundation.problems import ProblemType, register

register(
    ProblemType(
        "wrong_device", 3000, 403, "Not this session's device", "`device_id` is not the device that signed in."
    ),
    ProblemType(
        "batch_too_large",
        3001,
        413,
        "Too many mutations at once",
        "At most 100 mutations a batch. Halve it, never inside a group; nothing was stored.",
    ),
    ProblemType(
        "bad_cursor",
        3002,
        400,
        "The cursor cannot be read",
        "Made up, changed, or of another device or membership. Pull again without a cursor.",
    ),
    ProblemType(
        "other_epoch",
        3003,
        410,
        "The server was restored",
        "The cursor belongs to an earlier epoch. Pull again without a cursor; nothing on the device is lost.",
    ),
    ProblemType(
        "schema_too_new",
        3010,
        409,
        "The app is newer than the server",
        "`schema` is above this problem's member `schema`: the server was rolled back. Keep everything, try later.",
    ),
    ProblemType(
        "schema_too_old",
        3011,
        409,
        "The app is too old",
        "`schema` is below the member `oldest` of this problem. Keep everything, update the app, hand in again.",
    ),
    ProblemType(
        "feed_pruned",
        3004,
        410,
        "Too long away",
        "Old removals are no longer in the feed. Take the scopes in `scopes` off every row of the device, and go on "
        "with the cursor in `cursor`: those scopes come anew, the others go on where they were.",
    ),
    ProblemType("malformed", 3100, 200, "The mutation could not be read", "Wrong type, unknown field, or too long."),
    ProblemType("unknown_entity", 3101, 200, "No such kind of record", "`entity` names nothing this server syncs."),
    ProblemType("unknown_code", 3102, 200, "A code that never existed", "Hidden and retired codes stay valid."),
    ProblemType("required", 3103, 200, "An obligatory field is missing", "`field` names it."),
    ProblemType("theme_mismatch", 3104, 200, "The subtheme belongs to another theme", "Leave `theme` out: it follows."),
    ProblemType("unknown_parent", 3105, 200, "The record it belongs to is not there", "`field` names the reference."),
    ProblemType("id_reuse", 3106, 200, "The mutation id was used for another mutation", "The first one stands."),
    ProblemType("id_taken", 3107, 200, "The record id is taken", "Make the record again with a new random id."),
    ProblemType("not_yours", 3108, 200, "No such record of yours", "It does not exist, or is not yours to change."),
    ProblemType(
        "bad_dependency",
        3109,
        200,
        "A dependency that cannot be",
        "It names another person's mutation, a higher number of the same device, or closes a ring.",
    ),
    ProblemType("group_refused", 3110, 200, "Another mutation of its group was refused", "A group is applied whole."),
    ProblemType("group_too_large", 3111, 200, "The group is too large", "At most 20 mutations a group."),
    ProblemType("gone", 3112, 200, "The record was erased", "Erasure beats every later change."),
    ProblemType("read_only", 3113, 200, "The field cannot be changed", "It is set once, when the record is made."),
    ProblemType("refused_by_store", 3114, 200, "The database refused the record", "Kept with its payload."),
    ProblemType(
        "already_settled",
        3115,
        200,
        "Somebody else has settled it",
        "Another person chose first, or the mutation it names was applied, replaced or discarded meanwhile.",
    ),
    ProblemType(
        "unknown_colleague",
        3116,
        200,
        "No such colleague",
        "`to` is no active worker or supervisor of the organisation.",
    ),
    ProblemType(
        "needs_session",
        3117,
        200,
        "Not without a session",
        "Sealed: only new records, and changes of records that this device made. Sign in and hand it in again.",
    ),
    ProblemType(
        "too_many_held",
        3118,
        200,
        "Too many mutations wait",
        "A device may let 500 wait for others. Hand in what they wait for first, or replace this one without it.",
    ),
)
