"""The addresses of the guides: everybody reads, workers check, supervisors edit and publish."""

from typing import Annotated, Any

from litestar import Controller, MediaType, Request, Response, get, post, put
from litestar.di import NamedDependency as Given
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter

from wegwijs.foundation.database import Database
from wegwijs.foundation.problems import Problem
from wegwijs.foundation.settings import Settings
from wegwijs.guides import schemas, service, text_schemas
from wegwijs.guides.document import Guide
from wegwijs.guides.pages.service import organisation_at
from wegwijs.people.access import Actor

Language = Annotated[str, QueryParameter(max_length=12)]
# A version is named by the hash of what it says, so a copy holds for ever.
_FOR_EVER = "private, max-age=31536000, immutable"


class GuidesController(Controller):
    """`/api/guides`: reading."""

    path = "/api/guides"
    tags = ("guides",)

    @get()
    async def guides(self, actor: Given[Actor], db: Given[Database]) -> schemas.Guides:
        """Every guide of the organisation, with its state in each language and what is due."""
        async with db.read() as tx:
            return await service.list_guides(tx, actor.organisation, actor.time_zone)

    @post()
    async def make(self, data: JSONBody[schemas.NewGuide], actor: Given[Actor], db: Given[Database]) -> schemas.Draft:
        """A guide of the organisation's own."""
        await db.run_write(lambda tx: service.make_guide(tx, actor, data))
        async with db.read() as tx:
            return await service.read_draft(tx, actor.organisation, data.code)

    @get("/steps")
    async def steps(
        self,
        actor: Given[Actor],
        db: Given[Database],
        subtheme: Annotated[str | None, QueryParameter(max_length=40)] = None,
    ) -> text_schemas.StepsOfSubthemes:
        """Which published steps answer which subtheme: all of them, for a device to keep, or those of one."""
        async with db.read() as tx:
            return await service.steps_of_subthemes(tx, actor.organisation, subtheme)

    @get("/bundles")
    async def bundles(
        self, request: Request[Any, Any, Any], actor: Given[Actor], db: Given[Database], settings: Given[Settings]
    ) -> text_schemas.Bundles:
        """The latest version of each guide: what to ask for by `/bundle`."""
        host = request.headers.get("host", "")
        async with db.read() as tx:
            versions = await service.published_versions(tx, actor.organisation)
            here = await organisation_at(tx, settings.guide_hosts, host)
        return text_schemas.Bundles(versions, here is not None and here["id"] == actor.organisation)

    @get(
        "/bundle/{code:str}/{digest:str}",
        # Made-up examples would change with the clock, and with them the app's types.
        responses={200: ResponseSpec(Guide, generate_examples=False, description="A version, as it was published")},
    )
    async def bundle(
        self, code: FromPath[str], digest: FromPath[str], actor: Given[Actor], db: Given[Database]
    ) -> Response[bytes]:
        """A version with all its texts, signs and fields, by the hash of what it says."""
        async with db.read() as tx:
            found = await service.bundle(tx, actor.organisation, code, digest)
        if found is None:
            raise Problem("no_such_guide")
        return Response(found, media_type=MediaType.JSON, headers={"Cache-Control": _FOR_EVER, "ETag": f'"{digest}"'})

    @get("/{code:str}/check")
    async def texts_to_check(
        self, code: FromPath[str], language: Language, actor: Given[Actor], db: Given[Database]
    ) -> text_schemas.ToCheck:
        """The texts of a guide in a language beside their source, for somebody who speaks it."""
        async with db.read() as tx:
            return await service.texts_to_check(tx, actor, code, language)

    @post("/answers", status_code=200)
    async def answers(
        self, data: JSONBody[text_schemas.NewAnswers], actor: Given[Actor], db: Given[Database]
    ) -> text_schemas.Answers:
        """*Right*, or a better sentence; each answer once, however often it is handed in."""
        return await db.run_write(lambda tx: service.take_answers(tx, actor, data.answers))


class GuideEditorController(Controller):
    """`/api/guides/{code}/…`: what supervisors do to a guide."""

    path = "/api/guides"
    tags = ("guides",)

    @get("/{code:str}/draft")
    async def draft(self, code: FromPath[str], actor: Given[Actor], db: Given[Database]) -> schemas.Draft:
        """The working copy, with what is shipped beside it, clashes and findings."""
        async with db.read() as tx:
            return await service.read_draft(tx, actor.organisation, code)

    @post("/{code:str}/changes", status_code=200)
    async def changes(
        self, code: FromPath[str], data: JSONBody[schemas.Changes], actor: Given[Actor], db: Given[Database]
    ) -> schemas.Saved:
        """Save parts of the working copy."""
        return await db.run_write(lambda tx: service.save(tx, actor, code, data.changes))

    @post("/{code:str}/steps", status_code=200)
    async def add_step(
        self, code: FromPath[str], data: JSONBody[schemas.AddStep], actor: Given[Actor], db: Given[Database]
    ) -> schemas.Saved:
        """A new step."""
        return await db.run_write(lambda tx: service.add_step(tx, actor, code, data))

    @post("/{code:str}/steps/{step:str}/move", status_code=200)
    async def move_step(
        self,
        code: FromPath[str],
        step: FromPath[str],
        data: JSONBody[schemas.MoveStep],
        actor: Given[Actor],
        db: Given[Database],
    ) -> schemas.Saved:
        """A step to another place."""
        return await db.run_write(lambda tx: service.move_step(tx, actor, code, step, data))

    @post("/{code:str}/steps/{step:str}/remove", status_code=200)
    async def remove_step(
        self,
        code: FromPath[str],
        step: FromPath[str],
        data: JSONBody[schemas.RemoveStep],
        actor: Given[Actor],
        db: Given[Database],
    ) -> schemas.Saved:
        """A step out of the guide."""
        return await db.run_write(lambda tx: service.remove_step(tx, actor, code, step, data))

    @post("/{code:str}/clashes", status_code=204)
    async def settle(
        self, code: FromPath[str], data: JSONBody[schemas.Settle], actor: Given[Actor], db: Given[Database]
    ) -> None:
        """Choose between two people's texts, or put a third in their place."""
        await db.run_write(lambda tx: service.settle(tx, actor, code, data))

    @post("/{code:str}/news", status_code=204)
    async def settle_news(
        self, code: FromPath[str], data: JSONBody[schemas.SettleNews], actor: Given[Actor], db: Given[Database]
    ) -> None:
        """Take the package's newer part, or keep the own one."""
        await db.run_write(lambda tx: service.settle_news(tx, actor, code, data))

    @get("/{code:str}/comparison")
    async def compare(self, code: FromPath[str], actor: Given[Actor], db: Given[Database]) -> schemas.Comparison:
        """What the next version would change."""
        async with db.read() as tx:
            return await service.compare(tx, actor.organisation, code)

    @post("/{code:str}/versions")
    async def publish(
        self, code: FromPath[str], data: JSONBody[schemas.Publish], actor: Given[Actor], db: Given[Database]
    ) -> schemas.Version:
        """Make the working copy the next version."""
        return await db.run_write(lambda tx: service.publish(tx, actor, code, data.revision))

    @get("/{code:str}/versions")
    async def versions(self, code: FromPath[str], actor: Given[Actor], db: Given[Database]) -> schemas.Versions:
        """All versions, the latest first."""
        async with db.read() as tx:
            return await service.list_versions(tx, actor.organisation, code)

    @get("/{code:str}/suggestions")
    async def suggestions(
        self, code: FromPath[str], actor: Given[Actor], db: Given[Database]
    ) -> text_schemas.Suggestions:
        """Open answers of those who checked texts."""
        async with db.read() as tx:
            return await service.list_suggestions(tx, actor, code)

    @post("/{code:str}/suggestions", status_code=204)
    async def settle_suggestion(
        self,
        code: FromPath[str],
        data: JSONBody[text_schemas.SettleSuggestion],
        actor: Given[Actor],
        db: Given[Database],
    ) -> None:
        """Take an answer over, or decline it."""
        await db.run_write(lambda tx: service.settle_suggestion(tx, actor, code, data))


class VoiceController(Controller):
    """`/api/guides/voices`: which languages a computer may read aloud."""

    path = "/api/guides/voices"
    tags = ("guides",)

    @get()
    async def voices(self, actor: Given[Actor], db: Given[Database]) -> text_schemas.Voices:
        """The languages that a computer can read aloud, and whether it may here."""
        async with db.read() as tx:
            return await service.list_voices(tx, actor.organisation)

    @put("/{code:str}", status_code=204)
    async def allow(
        self, code: FromPath[str], data: JSONBody[text_schemas.AllowVoice], actor: Given[Actor], db: Given[Database]
    ) -> None:
        """Allow or forbid the computer's voice in the language `code`."""
        await db.run_write(lambda tx: service.allow_voice(tx, actor, code, data.allowed))


ROUTES = (GuidesController, GuideEditorController, VoiceController)
