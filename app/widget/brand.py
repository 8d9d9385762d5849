"""The colours of a widget, computed once from the one colour that an admin chose."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from app.languages import N_

READABLE = 4.5  # contrast of text with its ground, WCAG 2.2, 1.4.3
DISTINCT = 2.0  # contrast of a fill in dark mode with the page
STEP = 0.01  # of OKLCH lightness, small enough that a moved colour is still the brand's
HOVER, PRESS = 0.04, 0.08  # of OKLCH lightness
NEARLY_BLACK = 0.2  # OKLCH lightness below which such a change is not seen
AVATAR_MIX = 0.24  # of black or white


class Rgb(NamedTuple):
    """An sRGB colour in the whole steps 0 to 255 of a screen, so that its ratios are exact."""

    red: int
    green: int
    blue: int

    @property
    def css(self) -> str:
        """Write it as #rrggbb."""
        return "#{:02x}{:02x}{:02x}".format(*self)


class Oklch(NamedTuple):
    """A colour by lightness (0 to 1), chroma and hue (degrees)."""

    lightness: float
    chroma: float
    hue: float


@dataclass(frozen=True)
class Palette:
    """The colours of one mode, each as #rrggbb; `text` is readable on fill, hover and press."""

    fill: str
    text: str
    hover: str
    press: str
    ink: str
    avatar: str


@dataclass(frozen=True)
class Brand:
    """One brand colour, made fit for both modes."""

    light: Palette
    dark: Palette


def brand_from(colour: str) -> Brand:
    """Compute both modes from a colour like #1b3a7a; another way to write it is a ValueError."""
    chosen = parse(colour)
    raised = _moved(chosen, STEP, until=lambda c: contrast(c, DARK_PAPERS[0]) >= DISTINCT)
    return Brand(
        light=_palette(chosen, ink=_ink(chosen, -STEP, LIGHT_PAPERS)),
        dark=_palette(raised, ink=_ink(chosen, STEP, DARK_PAPERS)),
    )


def stylesheet(brand: Brand) -> str:
    """Give both modes as CSS custom properties."""
    return (
        f":root {{\n{_declarations(brand.light)}}}\n"
        f"@media (prefers-color-scheme: dark) {{\n:root {{\n{_declarations(brand.dark)}}}\n}}\n"
    )


def parse(colour: str) -> Rgb:
    """Read #rrggbb."""
    if not re.fullmatch("#[0-9a-fA-F]{6}", colour):
        raise ValueError(
            N_("Write the colour as # and six digits or letters from a to f, for example #1b3a7a.")
        )
    return Rgb(*bytes.fromhex(colour[1:]))


def contrast(one: Rgb, other: Rgb) -> float:
    """Give the contrast ratio of WCAG 2.2, 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _palette(fill: Rgb, *, ink: Rgb) -> Palette:
    fill, text = _with_text(fill)
    hover, press = _hover_and_press(fill, text)
    return Palette(
        fill=fill.css,
        text=text.css,
        hover=hover.css,
        press=press.css,
        ink=ink.css,
        avatar=_mixed(fill, BLACK if text == WHITE else WHITE, AVATAR_MIX).css,
    )


def _with_text(fill: Rgb) -> tuple[Rgb, Rgb]:
    """Choose white text, else dark text, else darken the fill until white is readable."""
    if contrast(WHITE, fill) < READABLE <= contrast(DARK_INK, fill):
        return fill, DARK_INK
    return _moved(fill, -STEP, until=lambda c: contrast(WHITE, c) >= READABLE), WHITE


def _hover_and_press(fill: Rgb, text: Rgb) -> tuple[Rgb, Rgb]:
    """Darken, or lighten where darkening cannot be seen or would spoil the one text colour."""
    lightness = oklch(fill).lightness
    if lightness < NEARLY_BLACK:
        seen = NEARLY_BLACK - lightness
        return _shifted(fill, seen + HOVER), _shifted(fill, seen + PRESS)
    way = -1 if contrast(text, _shifted(fill, -PRESS)) >= READABLE else 1
    return _shifted(fill, way * HOVER), _shifted(fill, way * PRESS)


def _ink(colour: Rgb, step: float, papers: tuple[Rgb, ...]) -> Rgb:
    return _moved(
        colour, step, until=lambda c: all(contrast(c, paper) >= READABLE for paper in papers)
    )


def _moved(colour: Rgb, step: float, *, until: Callable[[Rgb], bool]) -> Rgb:
    """Move the lightness in steps until the colour is right, at last to black or white."""
    moved, way, end = colour, 0.0, WHITE if step > 0 else BLACK
    while not until(moved) and moved != end:
        way += step
        moved = _shifted(colour, way)
    return moved


def _shifted(colour: Rgb, by: float) -> Rgb:
    lightness, chroma, hue = oklch(colour)
    return rgb(Oklch(min(1.0, max(0.0, lightness + by)), chroma, hue))


def _mixed(colour: Rgb, other: Rgb, share: float) -> Rgb:
    return Rgb(*(round(a + (b - a) * share) for a, b in zip(colour, other, strict=True)))


def _declarations(palette: Palette) -> str:
    return "".join(f"  --brand-{name}: {value};\n" for name, value in vars(palette).items())


# The mathematics of colour: sRGB by IEC 61966-2-1, luminance by WCAG 2.2, OKLab with the
# matrices of Björn Ottosson (https://bottosson.github.io/posts/oklab/).


def oklch(colour: Rgb) -> Oklch:
    """Convert from sRGB."""
    red, green, blue = (_linear(channel) for channel in colour)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    lightness = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    return Oklch(lightness, math.hypot(a, b), math.degrees(math.atan2(b, a)))


def rgb(colour: Oklch) -> Rgb:
    """Convert to sRGB; what no screen can show keeps lightness and hue and loses chroma."""
    lightness, chroma, hue = colour
    channels = _linear_channels(colour)
    if not _displayable(channels):
        low, high = 0.0, chroma
        for _ in range(16):
            chroma = (low + high) / 2
            channels = _linear_channels(Oklch(lightness, chroma, hue))
            low, high = (chroma, high) if _displayable(channels) else (low, chroma)
    return Rgb(*(_encoded(channel) for channel in channels))


def _linear_channels(colour: Oklch) -> tuple[float, float, float]:
    lightness, chroma, hue = colour
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _displayable(channels: tuple[float, float, float]) -> bool:
    margin = 0.00015  # half of the first step above black: within it a channel rounds to 0 or 255
    return all(-margin <= channel <= 1 + margin for channel in channels)


def _linear(channel: int) -> float:
    value = channel / 255
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4  # noqa: PLR2004


def _encoded(channel: float) -> int:
    value = min(1.0, max(0.0, channel))
    encoded = value * 12.92 if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055  # noqa: PLR2004
    return round(encoded * 255)


def _luminance(colour: Rgb) -> float:
    red, green, blue = (_linear(channel) for channel in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


BLACK, WHITE = Rgb(0, 0, 0), Rgb(255, 255, 255)
DARK_INK = rgb(Oklch(0.245, 0.024, 262))  # ink-1 of tokens.css in light mode
# paper-0 (the page) and paper-3 (the other side's bubbles, the harder ground) of tokens.css
LIGHT_PAPERS = (WHITE, rgb(Oklch(0.952, 0.006, 258)))
DARK_PAPERS = (rgb(Oklch(0.215, 0.014, 262)), rgb(Oklch(0.275, 0.016, 262)))
