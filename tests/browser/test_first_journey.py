"""What a person does on the first day: enrol, install, lose the network, log, close the browser, come back, be seen."""

from playwright.async_api import Page, expect

from tests.browser.conftest import NewPhone
from tests.browser.pages import CountsPage, EnrolPage, MePage, ReviewPage, TodayPage
from tests.browser.phone import Phone
from tests.browser.staff import open_office
from tests.server import Server

HERE, ARRIVED = "op deze telefoon", "aangekomen"
CONTACTS = [
    ("Arabisch", [("zoekt huurwoning", "uitgelegd")]),
    ("Frans", [("verblijf", "verwezen"), ("belastingen", "gebeld")]),
    ("Engels", [("zoekt werk", "gebeld")]),
]


async def installable(phone: Phone) -> bool:
    """Whether Chromium finds nothing that keeps the app from being installed, apart from the profile being ours."""
    assert phone.context is not None
    session = await phone.context.new_cdp_session(phone.page)
    errors = (await session.send("Page.getInstallabilityErrors"))["installabilityErrors"]
    manifest = await session.send("Page.getAppManifest")
    await session.detach()
    assert manifest["errors"] == []
    return [error["errorId"] for error in errors if error["errorId"] != "in-incognito"] == []


async def log_all(page: Page) -> None:
    for language, requests in CONTACTS:
        await (await TodayPage(page).new_contact()).log(language, requests)


async def test_three_contacts_logged_offline_reach_the_supervisor(server: Server, new_phone: NewPhone) -> None:
    office = open_office(server)
    laptop = new_phone(size="laptop")
    supervisor = await laptop.open(None)
    await EnrolPage(supervisor).enrol(office.invite("supervisor"))
    await ReviewPage(supervisor).open()
    await expect(ReviewPage(supervisor).rows()).to_have_count(0)

    phone = new_phone()
    worker = await phone.open(None)
    await EnrolPage(worker).enrol(office.invite("worker"))
    await phone.controlled()
    assert await installable(phone)

    await phone.offline()
    await log_all(worker)
    await expect(TodayPage(worker).rows(HERE)).to_have_count(3)

    await phone.close()
    worker = await phone.open("/", offline=True)
    await expect(TodayPage(worker).rows(HERE)).to_have_count(3)
    await expect(TodayPage(worker).rows(ARRIVED)).to_have_count(0)

    await phone.offline(False)
    await expect(TodayPage(worker).rows(ARRIVED)).to_have_count(3)
    await expect(TodayPage(worker).rows(HERE)).to_have_count(0)

    await expect(ReviewPage(supervisor).rows()).to_have_count(3)
    await CountsPage(supervisor).open()
    await expect(CountsPage(supervisor).total()).to_have_text("4")


async def test_the_figures_rise_with_one_more_contact(server: Server, new_phone: NewPhone) -> None:
    office = open_office(server)
    worker = await new_phone().open(None)
    supervisor = await new_phone(size="laptop").open(None)
    await EnrolPage(worker).enrol(office.invite("worker"))
    await EnrolPage(supervisor).enrol(office.invite("supervisor"))
    await CountsPage(supervisor).open()
    await expect(CountsPage(supervisor).total()).to_have_text("0")
    for total in ("1", "2"):
        await (await TodayPage(worker).new_contact()).log(*CONTACTS[0])
        await expect(CountsPage(supervisor).total()).to_have_text(total)


async def test_me_says_openly_where_the_key_lies(server: Server, new_phone: NewPhone) -> None:
    worker = await new_phone().open(None)
    await EnrolPage(worker).enrol(open_office(server).invite("worker"))
    await MePage(worker).open()
    await expect(worker.get_by_role("main")).to_contain_text("sleutel")


async def test_six_taps_are_enough(server: Server, new_phone: NewPhone) -> None:
    """+, language, question, action, save: within the budget of the street, and nothing has to be typed."""
    worker = await new_phone().open(None)
    await EnrolPage(worker).enrol(open_office(server).invite("worker"))
    await worker.evaluate("addEventListener('click', () => { window.taps = (window.taps ?? 0) + 1 }, true)")
    await (await TodayPage(worker).new_contact()).log(*CONTACTS[0])
    assert await worker.evaluate("window.taps") <= 6
