"""A small guide for the tests of the guide pages: every kind of thing a step can have, in two scripts, with gaps."""

from datetime import UTC, date, datetime
from uuid import UUID

from wegwijs.foundation.clock import now
from wegwijs.foundation.database import Transaction
from wegwijs.foundation.ids import uuid4
from wegwijs.guides.document import Field, Guide, Section, Sign, Sound, State, Step, Text, encode, text_hash

NL = {
    "title": "Een woning huren",
    "summary": "Wat u weet en doet voor u huurt.",
    "section.before": "Voor u huurt",
    "section.after": "Daarna",
    "step.fake": "Betaal niets voor u de woning gezien hebt.",
    "step.papers": "Neem deze papieren mee naar het bezoek.",
    "step.deposit": "De huurwaarborg staat op een geblokkeerde rekening.",
    "step.union": "Hebt u een probleem? Bel de huurdersbond.",
    "bring.card": "Uw verblijfskaart",
    "bring.slips": "Uw laatste loonbrieven",
    "deadline.deposit": "Binnen 8 dagen",
    "field.months": "Hoogstens zoveel maanden huur",
    "field.loan": "Hoogste lening",
    "field.phone": "Huurdersbond",
}
AR = {
    "title": "استئجار مسكن",
    "summary": "ما تعرفه وتفعله قبل أن تستأجر.",
    "section.before": "قبل الاستئجار",
    "section.after": "بعد ذلك",
    "step.fake": "لا تدفع شيئًا قبل أن ترى المسكن.",
    "step.papers": "خذ هذه الأوراق معك إلى الزيارة.",
    "step.deposit": "يوضع مبلغ الضمان في حساب مصرفي مجمّد.",
    "bring.card": "بطاقة إقامتك",
    "bring.slips": "آخر قسائم راتبك",
    "deadline.deposit": "خلال 8 أيام",
    "field.months": "عدد أشهر الإيجار على الأكثر",
    "field.loan": "أعلى قرض",
}
FA = {
    "title": "اجاره کردن خانه",
    "step.fake": "پیش از دیدن خانه هیچ پولی ندهید.",
    "step.papers": "این مدارک را با خود ببرید.",
    "step.deposit": "ودیعه در حساب مسدود می‌ماند.",
    "step.union": "مشکلی دارید؟ به اتحادیه مستأجران زنگ بزنید.",
}
UK = {
    "title": "Винайняти житло",
    "step.fake": "Нічого не платіть, доки не побачите житло.",
    "step.papers": "Візьміть ці документи з собою на огляд.",
    "step.deposit": "Застава лежить на заблокованому рахунку.",
    "step.union": "Маєте проблему? Зателефонуйте до спілки орендарів.",
}
SO = {"step.fake": "Ha bixin lacag ka hor intaadan guriga arkin."}


def _texts(words: dict[str, str], state: State, sound: dict[str, Sound] | None = None) -> dict[str, Text]:
    return {
        message: Text(text, state, text_hash(NL[message]), sound=(sound or {}).get(message))
        for message, text in words.items()
    }


def sound_of(text: str) -> Sound:
    """A recording of exactly this text."""
    return Sound("a.opus", "a.mp3", text_hash(text), "person", None)


def sample_guide(code: str = "try", check_again_by: date = date(2099, 1, 1)) -> Guide:
    """Four steps. Arabic lacks the last one, Somali all but the first; one sound fits its text, one does not."""
    sounds = {"step.fake": sound_of(AR["step.fake"]), "step.papers": sound_of("something else")}
    ar = _texts(AR, "machine", sounds)
    ar["step.deposit"] = Text(AR["step.deposit"], "outdated", "0" * 12)
    return Guide(
        code=code,
        jurisdiction="BE-VLG",
        source="nl",
        version=3,
        published_at=datetime(2026, 11, 24, tzinfo=UTC),
        valid_as_of=date(2026, 11, 1),
        check_again_by=check_again_by,
        sections=(
            Section(
                "before",
                (
                    Step("fake", "warning", (Sign("theme-HOU", "cross"),)),
                    Step("papers", "checklist", (Sign("theme-DOC"), Sign("theme-LEG")), bring=("card", "slips")),
                ),
            ),
            Section(
                "after",
                (
                    Step("deposit", "amount", (Sign("theme-FIN"),), deadline=True, fields=("months", "loan")),
                    Step("union", "contact", (Sign("question"),), fields=("phone",)),
                ),
            ),
        ),
        fields={
            "months": Field("term", "3", "law", "https://www.vlaanderen.be/huren", date(2026, 11, 20)),
            "loan": Field("amount", "1800.5", "law", None, date(2026, 11, 20)),
            "phone": Field("phone", "09 123 45 67", "local", None, None),
        },
        texts={
            "nl": _texts(NL, "reviewed"),
            "ar": ar,
            "fa": _texts(FA, "draft"),
            "uk": _texts(UK, "machine"),
            "so": _texts(SO, "machine"),
        },
    )


async def publish(tx: Transaction, organisation: UUID, guide: Guide) -> None:
    """Put a guide into the database as a published version."""
    row, document = uuid4(), encode(guide).decode()
    await tx.execute(
        "INSERT INTO guide (id, organisation, code, jurisdiction, source, created_at) VALUES (?, ?, ?, ?, ?, ?)",
        row,
        organisation,
        guide.code,
        guide.jurisdiction,
        guide.source,
        now(),
    )
    await tx.execute(
        "INSERT INTO guide_version (id, organisation, guide, version, document, digest, draft_revision, published_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        uuid4(),
        organisation,
        row,
        guide.version,
        document,
        text_hash(document),
        "0" * 16,
        now(),
    )
