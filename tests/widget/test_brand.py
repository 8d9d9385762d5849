import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.widget.brand import (
    DARK_PAPERS,
    LIGHT_PAPERS,
    Oklch,
    Palette,
    Rgb,
    brand_from,
    contrast,
    oklch,
    parse,
    rgb,
    stylesheet,
)

PARLEY_BLUE = "#1b3a7a"
colours = st.builds(Rgb, *[st.integers(0, 255)] * 3).map(lambda colour: colour.css)


def test_white_on_black_is_the_greatest_contrast() -> None:
    assert contrast(Rgb(255, 255, 255), Rgb(0, 0, 0)) == pytest.approx(21)


def test_contrast_agrees_with_the_published_example() -> None:
    # #767676 is known as the lightest grey that is readable on white.
    assert contrast(parse("#767676"), parse("#ffffff")) == pytest.approx(4.54, abs=0.005)


def test_oklch_agrees_with_the_published_values_of_red() -> None:
    assert oklch(parse("#ff0000")) == pytest.approx((0.62796, 0.25768, 29.234), abs=0.001)


def test_a_chroma_that_no_screen_shows_is_reduced_at_the_same_lightness_and_hue() -> None:
    impossible = Oklch(0.6, 0.4, 150)

    shown = oklch(rgb(impossible))

    assert shown.lightness == pytest.approx(0.6, abs=0.01)
    assert shown.hue == pytest.approx(150, abs=1)
    assert shown.chroma < 0.25


def test_a_dark_colour_is_kept_and_carries_white_text() -> None:
    light = brand_from(PARLEY_BLUE).light

    assert (light.fill, light.text) == (PARLEY_BLUE, "#ffffff")


def test_a_light_colour_is_kept_and_carries_dark_text() -> None:
    light = brand_from("#ffd400").light

    assert (light.fill, light.text) == ("#ffd400", rgb(Oklch(0.245, 0.024, 262)).css)


def test_a_colour_between_is_darkened_until_white_text_is_readable() -> None:
    between = parse("#e5484d")

    light = brand_from(between.css).light

    assert light.text == "#ffffff"
    assert 0 < oklch(between).lightness - oklch(parse(light.fill)).lightness <= 0.075


def test_in_dark_mode_a_dark_fill_is_raised_from_the_page() -> None:
    brand = brand_from(PARLEY_BLUE)

    assert brand.dark.fill != brand.light.fill
    assert contrast(parse(brand.dark.fill), DARK_PAPERS[0]) >= 2


def test_an_avatar_is_the_fill_with_a_quarter_of_black_under_white_text() -> None:
    assert brand_from("#646464").light.avatar == "#4c4c4c"


def test_an_avatar_is_the_fill_with_a_quarter_of_white_under_dark_text() -> None:
    assert brand_from("#c8c8c8").light.avatar == "#d5d5d5"


@given(colours)
@example("#000000")
@example("#ffffff")
@example("#e5484d")
def test_text_is_readable_on_every_fill_of_any_colour(colour: str) -> None:
    for palette in both_modes(colour):
        for ground in (palette.fill, palette.hover, palette.press, palette.avatar):
            assert contrast(parse(palette.text), parse(ground)) >= 4.5


@given(colours)
def test_ink_is_readable_on_the_page_and_in_bubbles_for_any_colour(colour: str) -> None:
    light, dark = both_modes(colour)

    for palette, papers in ((light, LIGHT_PAPERS), (dark, DARK_PAPERS)):
        for paper in papers:
            assert contrast(parse(palette.ink), paper) >= 4.5


@given(colours)
def test_the_admins_colour_is_darkened_by_at_most_seven_steps(colour: str) -> None:
    chosen = oklch(parse(colour)).lightness

    fill = oklch(parse(brand_from(colour).light.fill)).lightness

    assert -0.005 <= chosen - fill <= 0.075  # half a step for rounding to the screen's colours


@given(colours)
@example("#000000")
@example("#ffffff")
def test_hover_and_press_are_seen_for_any_colour(colour: str) -> None:
    for palette in both_modes(colour):
        assert len({palette.fill, palette.hover, palette.press}) == 3


@given(colours)
def test_a_colour_survives_the_way_to_oklch_and_back(colour: str) -> None:
    assert rgb(oklch(parse(colour))).css == colour


@pytest.mark.parametrize(
    "colour",
    ["", "1b3a7a", "#1b3", "#1b3a7g", "#1b3a7a ", "#1b3a7a\n", "red", "#١٢٣٤٥٦", "#fff;}*{}"],
)
def test_another_way_to_write_a_colour_is_refused_with_a_plain_sentence(colour: str) -> None:
    with pytest.raises(ValueError, match="Write the colour as #"):
        brand_from(colour)


def test_the_stylesheet_sets_the_six_properties_for_both_modes() -> None:
    css = stylesheet(brand_from("#206345"))

    light, dark = css.split("@media (prefers-color-scheme: dark)")
    for name in ("fill", "text", "hover", "press", "ink", "avatar"):
        assert light.count(f"--brand-{name}: #") == dark.count(f"--brand-{name}: #") == 1
    assert "--brand-fill: #206345;" in light
    assert css.count("{") == css.count("}")


def both_modes(colour: str) -> tuple[Palette, Palette]:
    brand = brand_from(colour)
    return brand.light, brand.dark
