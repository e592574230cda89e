"""The drawings: SVG files that effects and faces are made of, and how each is dressed for a character's hand.

`docs/puppet.md` tells how such a file is drawn. They are read when they are first used.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from xml.etree import ElementTree

import cv2
import numpy as np
import resvg_py

from popcon.imaging.arrays import Pixels
from popcon.puppet.hand import Hand

FOLDER = files("popcon.puppet") / "drawings"
HALF_BOX = 128
HALF_BODY = 100
"""A drawing's view box is -128 -128 256 256; its body fills up to 100 to each side, which is a mark's size."""
ROUND = 'stroke-linecap="round" stroke-linejoin="round" paint-order="stroke"'
COLOURS = ("fill", "stroke", "stop-color")
EDGES = (0.3, 1.15)
"""How thin and how wide an outline may be, as a factor of the one in the file."""

DRAWINGS = frozenset(
    entry.name.removesuffix(".svg").replace("-", " ") for entry in FOLDER.iterdir() if entry.name.endswith(".svg")
)
"""Names; the file of `eye disc` is `eye-disc.svg`."""


@dataclass(frozen=True)
class Drawing:
    """`root`: its elements, attributes without namespaces. In sizes of a mark: `edge`, how far its outline shows beyond
    the body, 0 where it has none; `bare`, `outlined`, half extents to the right and down without and with it."""

    root: ElementTree.Element
    edge: float
    bare: tuple[float, float]
    outlined: tuple[float, float]

    def width_factor(self, hand: Hand | None, size: float) -> float:
        """Of the outline's width in the file, so that it suits the hand on a mark of `size` pixels."""
        if hand is None or not self.edge:
            return 1.0
        wanted = hand.line / (self.edge * size)
        # In steps, so that what is drawn again and again is dressed once; a step is less than a pixel.
        return round(min(max(wanted, EDGES[0]), EDGES[1]), 2)

    def reach(self, factor: float) -> tuple[float, float]:
        """Half extents to the right and down, outline included, in sizes of a mark."""
        across, down = (bare + factor * (out - bare) for bare, out in zip(self.bare, self.outlined, strict=True))
        return across, down


@cache
def drawing(name: str) -> Drawing:
    """The drawing of a name in `DRAWINGS`. Raises `ValueError` where the file is not as docs/puppet.md says."""
    text = (FOLDER / f"{name.replace(' ', '-')}.svg").read_text(encoding="utf-8")
    source = ElementTree.fromstring(text)  # noqa: S314  (our own file)
    if source.get("viewBox") != f"-{HALF_BOX} -{HALF_BOX} {2 * HALF_BOX} {2 * HALF_BOX}":
        raise ValueError(f"The view box of the drawing {name} must be -128 -128 256 256.")
    root = ElementTree.Element("g")
    root.extend(_plain(child) for child in source if _local(child.tag) not in ("metadata", "namedview"))
    edges = [_edge(element) for element in root.iter() if "ink" in _classes(element)]
    edge = max(edges, default=0.0) / HALF_BODY
    return Drawing(root, edge, _extent(_svg(_dressed(root, 0.0))), _extent(_svg(_dressed(root, 1.0))))


@lru_cache(maxsize=4096)
def markup(name: str, fill: str, factor: float, hand: Hand | None, mirrored: bool = False) -> str:
    """SVG of a drawing in its own coordinates; `@` stands before each id. `fill`: a colour in place of the body's own,
    "" for that; `factor`: of the outline's width; `hand`: whose colours to draw in, None for the file's own;
    `mirrored`: as the mark will be, so that what is upright turns back."""
    return "".join(_text(child, fill, factor, hand, mirrored) for child in drawing(name).root)


def render(text: str, width: int, height: int) -> Pixels:
    """SVG elements on a transparent picture: HxWx4 uint8 straight RGBA."""
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">{text}</svg>'
    data = resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True)
    bgra = np.asarray(cv2.imdecode(np.frombuffer(bytes(data), np.uint8), cv2.IMREAD_UNCHANGED), np.uint8)
    return np.asarray(cv2.cvtColor(bgra, cv2.COLOR_BGRA2RGBA), np.uint8)


def _svg(text: str) -> Pixels:
    """A drawing on its view box, with as much again around it, so that nothing is cut."""
    side = 4 * HALF_BOX
    return render(f'<g transform="translate({side // 2} {side // 2})" {ROUND}>{text.replace("@", "")}</g>', side, side)


def _extent(picture: Pixels) -> tuple[float, float]:
    rows, columns = np.nonzero(picture[..., 3])
    middle = 2 * HALF_BOX
    across = max(middle - columns.min(), columns.max() + 1 - middle)
    down = max(middle - rows.min(), rows.max() + 1 - middle)
    return float(across) / HALF_BODY, float(down) / HALF_BODY


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _classes(element: ElementTree.Element) -> list[str]:
    return element.get("class", "").split()


def _plain(element: ElementTree.Element) -> ElementTree.Element:
    """A copy without namespaces, with styles as attributes and `@` before each id."""
    styles = (part.split(":", 1) for part in element.get("style", "").split(";") if ":" in part)
    attributes = {name: value for name, value in element.attrib.items() if "}" not in name and name != "style"}
    attributes |= {name.strip(): value.strip() for name, value in styles}
    attributes |= {name: _long(attributes[name]) for name in COLOURS if name in attributes}
    if "id" in attributes:
        attributes["id"] = "@" + attributes["id"]
    plain = ElementTree.Element(
        _local(element.tag), {name: value.replace("url(#", "url(#@") for name, value in attributes.items()}
    )
    plain.extend(_plain(child) for child in element)
    return plain


def _long(colour: str) -> str:
    """`#rgb` as `#rrggbb`; anything else as it is."""
    return "#" + "".join(2 * digit for digit in colour[1:]) if len(colour) == 4 and colour[0] == "#" else colour


def _edge(element: ElementTree.Element) -> float:
    """How far the outline of an element shows beyond the body."""
    return (float(element.get("stroke-width", "1")) - float(element.get("data-around", "0"))) / 2


def _dressed(root: ElementTree.Element, factor: float) -> str:
    return "".join(_text(child, "", factor, None, False) for child in root)


def _text(element: ElementTree.Element, fill: str, factor: float, hand: Hand | None, mirrored: bool) -> str:
    attributes = dict(_attributes(element, fill, factor, hand))
    if mirrored and "upright" in _classes(element):
        attributes["transform"] = f"scale(-1 1) {attributes.get('transform', '')}"
    written = "".join(f' {name}="{value}"' for name, value in attributes.items() if name != "class")
    inner = "".join(_text(child, fill, factor, hand, mirrored) for child in element)
    return f"<{element.tag}{written}>{inner}</{element.tag}>"


def _attributes(element: ElementTree.Element, fill: str, factor: float, hand: Hand | None) -> Iterator[tuple[str, str]]:
    classes = _classes(element)
    body = "stop-color" if element.tag == "stop" else "stroke" if element.get("fill") == "none" else "fill"
    for name, value in element.attrib.items():
        if name == "stroke-width" and "ink" in classes:
            yield name, f"{float(element.get('data-around', '0')) + 2 * factor * _edge(element):.2f}"
        elif name == "stroke" and "ink" in classes and hand and hand.ink:
            yield name, hand.ink
        elif name in COLOURS and value.startswith("#"):
            colour = fill if fill and name == body and "fill" in classes else value
            # A signal in pastel alarms nobody.
            yield name, hand.tone(colour) if hand and "signal" not in classes else colour
        else:
            yield name, value
