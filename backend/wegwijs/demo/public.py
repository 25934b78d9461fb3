"""What the demo's organisation tells on the guide pages: a made-up reception office, at addresses that are nobody's."""

from wegwijs.guides.pages.facts import Hours, Landmark, Place, PublicFacts


def public_facts() -> PublicFacts:
    """Two places to ask, with the way there in pictures. No telephone answers to this number."""
    office = Place(
        name="Onthaal nieuwkomers",
        address="Voorbeeldplein 1, 9999 Voorbeeld",
        way=[
            Landmark(sign="train", text="Station"),
            Landmark(sign="theme-MOB", text="Bus 3 · Stadhuis"),
            Landmark(sign="setting-reception_office", text="Voorbeeldplein 1"),
        ],
        hours=[
            Hours(days=[0, 1, 3, 4], opens="09:00", closes="12:30"),
            Hours(days=[2], opens="13:30", closes="18:00"),
        ],
        languages=["nl", "fr", "en", "ar", "ru", "tr", "fa-AF"],
        phone="09 000 00 00",
    )
    library = Place(
        name="Bibliotheek, eerste verdieping",
        address="Leeslaan 12, 9999 Voorbeeld",
        way=[Landmark(sign="setting-library", text="Leeslaan 12"), Landmark(sign="question", text="Balie")],
        hours=[Hours(days=[5], opens="10:00", closes="13:00")],
        languages=["nl", "en", "uk"],
    )
    return PublicFacts(
        name="Stad Voorbeeld · Onthaal nieuwkomers",
        address="Voorbeeldplein 1, 9999 Voorbeeld",
        email="gidsen@voorbeeld.example",
        privacy="privacy@voorbeeld.example",
        places=[office, library],
    )
