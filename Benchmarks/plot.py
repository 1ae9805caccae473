"""Draws throughput and CPU time of some cases as SVG, in colours that can be read on light and on dark ground."""

from dataclasses import dataclass
from html import escape

from markdown import brief, whole
from rounds import cpu, throughput

# The table has them all. Left out are those with another number of copies than the legend says, and those that show about
# the same as another one.
LEFT_OUT = ("hot", "get-many-keys", "put-many-keys", "get-256-connections", "get-1k", "put-1k", "get-1-replica",
            "put-1-replica", "get-3-replicas", "put-3-replicas", "get-1m-1-replica", "put-1m-1-replica")
COLOURS = {"gateway": "#3b82f6", "nginx": "#5a9e4b", "webdis": "#d97f2f"}
LEGEND = {"gateway": "cache-gateway, two copies", "nginx": "nginx memc, one copy", "webdis": "webdis with Redis, one copy"}
# In the middle between black and white.
TEXT = "#7b8794"

LABEL_WIDTH, PANEL_WIDTH, FIGURE_WIDTH, GAP = 190, 200, 62, 22
BAR_HEIGHT, BAR_STEP, GROUP_GAP, TOP, BOTTOM = 9, 11, 12, 70, 30


@dataclass(frozen=True)
class Panel:
    title: str
    x: int
    figures: object
    write: object


PANELS = (
    Panel("keys/s: more is better", LABEL_WIDTH, throughput, whole),
    Panel("CPU µs/key: less is better", LABEL_WIDTH + PANEL_WIDTH + FIGURE_WIDTH + GAP, cpu, brief),
)
WIDTH = PANELS[-1].x + PANEL_WIDTH + FIGURE_WIDTH


def text(x, y, content, anchor="start", size=12, weight="normal"):
    return (f'<text x="{x}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" font-weight="{weight}">'
            f"{escape(content)}</text>\n")


def bar(panel, y, name, figures, most):
    """As long as the median, with a line over the spread, and the median behind it."""
    def scaled(figure):
        return figure / most * PANEL_WIDTH
    middle, end = y + BAR_HEIGHT / 2, panel.x + scaled(figures.most)
    return (f'<rect x="{panel.x}" y="{y:.1f}" width="{scaled(figures.median):.1f}" height="{BAR_HEIGHT}" rx="1.5" '
            f'fill="{COLOURS[name]}"/>\n'
            f'<path d="M{panel.x + scaled(figures.least):.1f} {middle:.1f}H{end:.1f}" stroke="{TEXT}"/>\n'
            + text(f"{end + 4:.1f}", y + BAR_HEIGHT - 0.5, panel.write(figures.median), size=10))


def group(panel, y, runs):
    """The bars of one case, in proportion to the longest of them."""
    figures = {name: panel.figures(runs[name]) for name in COLOURS if name in runs}
    most = max(each.most for each in figures.values())
    return "".join(bar(panel, y + index * BAR_STEP, name, each, most)
                   for index, (name, each) in enumerate(figures.items()))


def legend():
    parts, x = [], GAP
    for name, title in LEGEND.items():
        parts.append(f'<rect x="{x}" y="14" width="10" height="10" rx="2" fill="{COLOURS[name]}"/>\n')
        parts.append(text(x + 15, 23, title))
        x += WIDTH // len(LEGEND)
    return "".join(parts)


def label(case):
    """Without the explanation after a comma that a long title has."""
    return ",".join(case.title.split(",")[:2])


def groups(results):
    parts, y = [], TOP
    for case, runs in results.cases.items():
        if case.name not in LEFT_OUT:
            bars = sum(name in runs for name in COLOURS)
            parts.append(text(LABEL_WIDTH - 10, y + bars * BAR_STEP / 2 + 3, label(case), "end"))
            parts += [group(panel, y, runs) for panel in PANELS]
            y += bars * BAR_STEP + GROUP_GAP
    return "".join(parts), y


def svg(results):
    body, y = groups(results)
    titles = "".join(text(panel.x, TOP - 16, panel.title, size=12, weight="bold") for panel in PANELS)
    note = text(LABEL_WIDTH, y + 12, "Medians; the thin lines are the least and the most. Each case has a scale of its own.",
                size=10)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + BOTTOM}" width="{WIDTH}" '
            f'height="{y + BOTTOM}" role="img" aria-label="Throughput and CPU time per request of cache-gateway, nginx '
            f'memc and webdis" font-family="system-ui, sans-serif" fill="{TEXT}">\n{legend()}{titles}{body}{note}</svg>\n')
