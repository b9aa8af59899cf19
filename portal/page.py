"""A page that is drawn once its view is over, when the view's connection has been given back."""

from typing import Any

from flask import render_template


class Page(dict[str, Any]):
    """The facts of a page, and its template. What a view returns: the application draws it.

    For what is made within a transaction; elsewhere `render_template` says the same.
    """

    def __init__(self, template: str, /, **facts: Any) -> None:
        super().__init__(facts)
        self.template = template

    def drawn(self) -> str:
        """The page itself."""
        return render_template(self.template, **self)
