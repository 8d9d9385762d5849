"""What the fictional shop "Lumen & Oak" sells: the page around the widget in the demo."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Lamp:
    """One product; `price` in whole euros, `image` below static/images, `kind` as in the filter."""

    slug: str
    name: str
    price: int
    note: str
    image: str
    kind: str
    story: str


def _lamp(slug: str, name: str, price: int, kind: str, note: str, story: str) -> Lamp:
    return Lamp(slug, name, price, note, f"lamps/{slug}.svg", kind, story)


LAMPS = (
    _lamp(
        "alder",
        "Alder floor lamp",
        289,
        "floor",
        "Oiled oak, linen",
        "Three oak legs, turned and oiled by hand, under a wide linen shade. The light falls to "
        "the side, for the chair where you read.",
    ),
    _lamp(
        "hedda",
        "Hedda table lamp",
        139,
        "table",
        "Glazed clay",
        "Thrown on the wheel and glazed in the red of the local clay. No two have quite the same "
        "shoulder.",
    ),
    _lamp(
        "lumo",
        "Lumo globe",
        164,
        "table",
        "Opal glass, brass",
        "A mouth-blown globe of opal glass on a brass foot. It glows without glare and stays warm "
        "when dimmed.",
    ),
    _lamp(
        "fjord",
        "Fjord arc lamp",
        319,
        "floor",
        "Powder-coated steel",
        "One bow of steel that reaches over the sofa. The shade turns, the heavy foot does not.",
    ),
    _lamp(
        "morel",
        "Morel table lamp",
        149,
        "table",
        "Spun copper, walnut",
        "A cap of spun copper that darkens with the years, on a stem of walnut.",
    ),
    _lamp(
        "glen",
        "Glen pendant",
        189,
        "pendant",
        "Enamelled steel",
        "A deep bell for above the table, enamelled green outside and white within, so that all "
        "of the light comes down.",
    ),
    _lamp(
        "kinu",
        "Kinu lantern",
        98,
        "table",
        "Rice paper, ash",
        "Rice paper around a frame of ash. It weighs less than a book and goes from room to room.",
    ),
    _lamp(
        "nils",
        "Nils desk lamp",
        129,
        "table",
        "Lacquered aluminium",
        "Two arms, two joints, no springs: it stays where you put it.",
    ),
    _lamp(
        "sol",
        "Sol pendant",
        214,
        "pendant",
        "Brass, opal glass",
        "A disc of brass behind a small moon of glass. Hang three in a row over a long table.",
    ),
    _lamp(
        "birk",
        "Birk floor lamp",
        259,
        "floor",
        "Birch, cotton",
        "A straight birch column with a tall cotton shade: a quiet light for a corner.",
    ),
    _lamp(
        "weft",
        "Weft pendant",
        119,
        "pendant",
        "Woven willow",
        "Woven by two sisters from willow of their own field. It draws a net of shadows on the "
        "ceiling.",
    ),
    _lamp(
        "pebble",
        "Pebble night light",
        69,
        "table",
        "Soapstone, glass",
        "A small glass pebble on soapstone. Touch the stone and it fades within ten minutes.",
    ),
)


def lamp_named(slug: str) -> Lamp | None:
    """Find a product by its slug; None when the shop does not have it."""
    return next((lamp for lamp in LAMPS if lamp.slug == slug), None)
