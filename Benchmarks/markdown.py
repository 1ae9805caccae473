"""Tables in Markdown."""


def line(cells):
    return "| " + " | ".join(cells) + " |\n"


def table(columns, rows, left=1):
    """The first `left` columns are text, the others are figures."""
    alignment = ["---"] * left + ["---:"] * (len(columns) - left)
    return "".join([line(columns), line(alignment), *map(line, rows)])


def whole(figure):
    return f"{figure:,.0f}"


def tenths(figure):
    return f"{figure:.1f}"


def brief(figure):
    """Three digits tell as much as the figures hold."""
    return whole(figure) if figure >= 100 else tenths(figure)


def hundredths(figure):
    return f"{figure:.2f}"


def spread(figures, write):
    return f"{write(figures.least)}–{write(figures.most)}"


def with_spread(figures, write):
    return f"{write(figures.median)} ({spread(figures, write)})"
