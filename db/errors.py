"""The one root of everything that panhuo raises on purpose."""


class PanhuoError(Exception):
    """Root of the errors that a caller may want to answer."""


class Refused(PanhuoError):
    """A rule forbids what was asked: a code and the facts, no words.

    The portal and the command line turn the code into the reader's language (rule J3).
    """

    def __init__(self, code: str, /, **facts: object) -> None:
        """`code` is 'room.rule_in_few_words'; `facts` are what its sentence needs."""
        super().__init__(code)
        self.code = code
        self.facts = facts

    def __str__(self) -> str:
        facts = ", ".join(f"{name}={value!r}" for name, value in self.facts.items())
        return f"{self.code} ({facts})" if facts else self.code


class Unavailable(PanhuoError):
    """The database can't be reached now; the same call may succeed later."""

    retry_after_s = 5


class Entangled(Unavailable):
    """Others were in the way (a deadlock, a serialization failure): nothing was kept; done again
    it will be well.
    """


class Busy(PanhuoError):
    """Too many do the same expensive thing now (db.budget): nothing was begun; try later."""

    def __init__(self, waited_s: float) -> None:
        """`waited_s`: how long this one has waited already."""
        super().__init__(f"busy, waited {waited_s:g} s")
        self.retry_after_s = max(1, round(waited_s))
