"""What a browser sends: files of an upload that broke off are closed like those of a whole one."""

from typing import IO

from flask import Request


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

    def close(self) -> None:
        """Close everything that was opened for it."""
        super().close()
        for stream in self.__dict__.pop("written", ()):
            stream.close()
