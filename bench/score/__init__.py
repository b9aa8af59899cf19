"""Scores the judgement of use against the truth of simulated worlds and of real rooms.

    make score SEEDS="1001 1002"      # 1,000 assets a seed, the named cases, the real rooms

A *flag* is the verdict `idle`. True utilisation is the truth file's: hours used over rated hours
times working days on which the office was open. *Healthy* is an asset with no fault but single
misreadings, no trouble, no silence around its switch, a clock that is right to two minutes, and a
sensor that reacts to its use (which would pass a commissioning test). Only such sensors count as
commissioned. The mixes `normal` and `stress` have the same number of assets.

precision_normal, precision_stress
    of the flags of a mix those on assets truly used under 10 % (at 10 % or more a flag is wrong)
recall_unused, recall_lt2, recall_2to10
    of the healthy assets of both mixes that were never used, used under 2 %, used 2 to under 10 %:
    those flagged
flags_on_faulty
    flags on assets with a sensor that was silent at the end, stuck, dead, covered, moved, without
    its lamp, or with a clock wrong by an hour or more; in the mixes and the named cases
busy_called_idle
    flags on assets truly used at 50 % or more, and in the named cases of busy assets
hours_error_normal, hours_error_stress
    mean |hours found - true hours| a day of the healthy assets of a mix whose hours follow from
    what is measured (not: one pulse a job, readings an hour apart)
false_hours_unused
    hours found a day of the healthy assets that were never used, both mixes
abstained_healthy
    of the healthy assets of both mixes those called insufficient or not determinable
uci_accuracy, uci_hours_error
    UCI Occupancy: rows of datatest.txt told rightly, and |hours found - true hours| of a calendar
    day, the mean of its days as far as the file has them; light and temperature of one card, both
    files as one history, the labels read to score only.
    The worse of the stamps as they are and of stamps rounded to the minute
uci_room_accuracy
    UCI Room Occupancy, December: rows told rightly, the four light sensors on one gateway and
    bound to one card, the room

None: nothing to count (no such asset; the data are not there).
"""
