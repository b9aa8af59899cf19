"""Reference lists to start with: an installation replaces them with its own official files."""

from importlib.resources import files


def text(name: str) -> str:
    """The CSV called `name` ('divisions', 'categories' or 'synonyms')."""
    return files("ops.reference").joinpath(f"{name}.csv").read_text("utf-8")
