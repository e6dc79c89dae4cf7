"""A design's power by number of pairs goes in, one SVG picture comes out, in bytes that depend on nothing else."""

from html import escape

from analysis.design import Design

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 760, 420, 64, 28, 24, 64
"""Units of the picture; the four margins hold title, axes and names."""
STROKES = (
    ("#1b4f8a", ""),
    ("#b3450b", "8 4"),
    ("#2e6b2e", "2 4"),
    ("#6a3d9a", "12 4 2 4"),
    ("#444444", "4 2"),
)
"""Colour and dash of each line: told apart without colour too; contrast with white at least 4.5 to 1."""
MOST_LINES = len(STROKES)


def curve_svg(design: Design) -> str:
    """Draw power against pairs, a line for each group, the wanted power as a thin one.

    Groups beyond the fifth are left out of the picture (the table has them all); a mark stands at the planned pairs.
    """
    names = [it.group.name for it in design.groups][:MOST_LINES]
    most = max((n for name in names for n, _ in design.curve[name]), default=1)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT + 22 * len(names)}" role="img" '
        'font-family="sans-serif" font-size="13">',
        "<title>Power by number of pairs</title>",
        f"<desc>{escape(_described(design, names))}</desc>",
        f'<rect width="{WIDTH}" height="{HEIGHT + 22 * len(names)}" fill="#ffffff"/>',
        *_axes(most, design.question.power),
    ]
    for number, name in enumerate(names):
        parts += _line(design, number, name, most)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _x(n: float, most: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * n / most


def _y(power: float) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - power)


def _step(most: int) -> int:
    """Distance of two numbers on the axis: 1, 2 or 5 times a power of ten, at most eight of them."""
    ten: int = 10 ** max(0, len(str(most)) - 2)
    return next(ten * k for k in (1, 2, 5, 10, 20, 50) if ten * k * 8 >= most)


def _axes(most: int, wanted: float) -> list[str]:
    parts = []
    for k in range(0, 11, 2):
        y = _y(k / 10)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#d8d8d8"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{10 * k} %</text>')
    parts.append(f'<text x="{LEFT}" y="{TOP - 10}" font-weight="bold">Power by number of pairs</text>')
    for n in range(0, most + 1, _step(most)):
        x = _x(n, most)
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{n:,}</text>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(
        f'<text x="{middle:.1f}" y="{HEIGHT - BOTTOM + 42}" text-anchor="middle">pairs that count</text>'
    )
    y = _y(wanted)
    parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#000000"/>')
    parts.append(
        f'<text x="{WIDTH - RIGHT}" y="{y - 5:.1f}" text-anchor="end">wanted: {100 * wanted:g} %</text>'
    )
    return parts


def _line(design: Design, number: int, name: str, most: int) -> list[str]:
    colour, dash = STROKES[number]
    style = f'stroke="{colour}" stroke-width="2.5"' + (f' stroke-dasharray="{dash}"' if dash else "")
    points = " ".join(f"{_x(n, most):.1f},{_y(power):.1f}" for n, power in design.curve[name])
    planned = design.groups[number]
    x_planned, y_planned = _x(planned.group.counted, most), _y(planned.power)
    y = HEIGHT + 8 + 22 * number
    return [
        f'<polyline points="{points}" fill="none" {style}/>',
        f'<circle cx="{x_planned:.1f}" cy="{y_planned:.1f}" r="5" fill="{colour}"/>',
        f'<line x1="{LEFT}" x2="{LEFT + 44}" y1="{y}" y2="{y}" {style}/>',
        f'<text x="{LEFT + 54}" y="{y + 4}">{escape(name)}: {planned.group.counted} pairs count</text>',
    ]


def _described(design: Design, names: list[str]) -> str:
    said = [
        f"{it.group.name}: {100 * it.power:.0f} % with {it.group.counted} pairs"
        for it in design.groups
        if it.group.name in names
    ]
    return "; ".join(said)
