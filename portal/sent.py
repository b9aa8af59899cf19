"""What a browser sends: files of an upload that broke off are closed like those of a whole one."""

import re
from collections.abc import Iterable
from functools import cached_property
from typing import IO, Final

from flask import Request
from werkzeug.datastructures import ImmutableMultiDict

from db.text import seen

# Secrets are compared as they are; a gun's signs are read by scanner.decode.
AS_TYPED: Final = re.compile(r"password|secret|token|^present$|^again$|^(?:raw|codes?)$")


class Sent(Request):
    """Remembers where the parts of a form are written to.

    Werkzeug closes only the files of a form that it has read to its end.
    """

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        stream = super()._get_file_stream(
            total_content_length, content_type, filename, content_length
        )
        self.__dict__.setdefault("written", []).append(stream)
        return stream

    def _load_form_data(self) -> None:
        """What nobody sees in a text (bidi and zero-width marks) gets through no form (A3)."""
        if "form" in self.__dict__:
            return
        super()._load_form_data()
        self.__dict__["form"] = _seen(self.__dict__["form"].items(multi=True))

    @cached_property
    def args(self) -> ImmutableMultiDict[str, str]:
        """The address's arguments, as the texts of a form."""
        return _seen(super().args.items(multi=True))

    def close(self) -> None:
        """Close everything that was opened for it."""
        super().close()
        for stream in self.__dict__.pop("written", ()):
            stream.close()


def _seen(texts: Iterable[tuple[str, str]]) -> ImmutableMultiDict[str, str]:
    return ImmutableMultiDict(
        (name, text if AS_TYPED.search(name) else seen(text)) for name, text in texts
    )
