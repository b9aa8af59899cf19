"""Why a record or a payload was refused."""

from enum import StrEnum


class Reason(StrEnum):
    """The codes in `dead_letter.reason`; the portal has their words in both languages."""

    # a payload as a whole
    UNKNOWN_TOPIC = "unknown_topic"
    UNKNOWN_GATEWAY = "unknown_gateway"
    NOT_A_PACK = "not_a_pack"
    TOO_LONG = "too_long"
    NEWER_VERSION = "newer_version"  # RFC 8428, 4.4: `bver` above ours
    NOT_A_STATUS = "not_a_status"
    NOT_UNDERSTOOD = "not_understood"  # the collector failed on it; that is a fault of ours
    # one record
    MALFORMED = "malformed"
    UNREADABLE_BASE = "unreadable_base"  # it stands on a base field that can't be read
    UNKNOWN_FIELD = "unknown_field"  # RFC 8428, 4.4: a name that ends in `_` must be understood
    UNKNOWN_SENSOR = "unknown_sensor"
    OTHER_GATEWAY = "other_gateway"  # I1: a gateway can't speak for another
    WRONG_UNIT = "wrong_unit"
    NOT_A_NUMBER = "not_a_number"
    OUT_OF_RANGE = "out_of_range"
    CLOCK_UNSET = "clock_unset"  # the clock counts from its start: such a time is nobody's
    RETAINED = "retained"  # its times count from arrival, and the broker says it anew each time
    TOO_EARLY = "too_early"
    AHEAD = "ahead"
    INCOMPLETE_POSITION = "incomplete_position"
    REFUSED_BY_DATABASE = "refused_by_database"
