"""The rows of the named cases: what others found that a detector gets wrong, and its relatives."""

from typing import Final

from bench.score.cases import (
    ALARM,
    ALWAYS,
    BOTH,
    BUSY,
    LIGHT,
    WARMTH,
    Case,
    alone,
    among,
    befallen,
    clock,
    closed,
    lent,
    moved_to_subject,
    said,
    swapped,
)

IN_USE: Final = ("in_use",)
USED: Final = ("in_use", "device_alarm")
NOT_IDLE: Final = ("in_use", "insufficient")
NOT_USED: Final = ("idle", "not_determinable")
ROOM: Final = {"archetype": "room"}
SERVER: Final = {"always_on": True, "warmth_c": 0.0}
LAMP: Final = {"daily": [9.0, 15.0], "lamp_lx": 320.0}

CASES: Final = (
    #    name                    right      busy   com.   world
    Case("silence_at_the_switch", NOT_IDLE, True, False, alone(LIGHT, ways={"quiet_min": [10, 20]})),
    Case("sun_beam_in_use", IN_USE, True, False, alone(LIGHT, ways={"beams_in_use": 0.33})),
    Case("two_light_sensors", IN_USE, True, True, alone(LIGHT, LIGHT)),
    Case("four_light_sensors", IN_USE, True, True, alone(*[LIGHT] * 4, **ROOM)),
    Case("lamp_gone", ALARM, True, True, befallen("lamp_gone", BOTH, ALWAYS), faulty=True),
    # By light alone a busy desk without its lamp is what an unused one is: it counts nowhere.
    Case("lamp_gone_light_only", (*ALARM, "insufficient"), False, True,
         befallen("lamp_gone", (LIGHT,), ALWAYS)),
    Case("always_lit", ALARM, True, True, befallen("lit", (LIGHT,), ALWAYS), faulty=True),
    Case("covered", ALARM, True, True, befallen("covered", (LIGHT,), ALWAYS), faulty=True),
    Case("flicker", ALARM, True, True, befallen("flicker", (LIGHT,), ALWAYS), faulty=True),
    Case("lamp_gone_a_week", ALARM, True, True, befallen("lamp_gone", BOTH, 7), faulty=True),
    Case("always_lit_a_week", ALARM, True, True, befallen("lit", (LIGHT,), 7), faulty=True),
    Case("covered_a_week", ALARM, True, True, befallen("covered", (LIGHT,), 7), faulty=True),
    Case("flicker_a_week", ALARM, True, True, befallen("flicker", (LIGHT,), 7), faulty=True),
    Case("closed_28_days", ("insufficient",), True, True, closed),
    Case("one_pulse_a_job", IN_USE, True, True,
         among("pulses", archetype="printer", ways={"pulses_a_job": 1})),
    Case("server_2_c_warm", ALARM, True, True, among(WARMTH, ways={**SERVER, "standing_c": 2.0})),
    Case("server_4_c_warm", ALARM, True, True, among(WARMTH, ways={**SERVER, "standing_c": 4.0})),
    Case("server_15_c_warm", ALARM, True, True, among(WARMTH, ways={**SERVER, "standing_c": 15.0})),
    Case("swapped", ALARM, True, True, swapped, faulty=True),
    Case("saturated_once", USED, True, False, said(54_612.5, LIGHT, (9,), ways=LAMP)),
    Case("saturated_thrice", USED, True, False, said(54_612.5, LIGHT, (3, 9, 16), ways=LAMP)),
    Case("saturated_half", USED, True, False, said(27_306.25, LIGHT, (3, 9, 16), ways=LAMP)),
    Case("power_up_85_c", ("insufficient", "device_alarm"), False, False,
         said(85.0, WARMTH, (2, 5, 9, 14), interval=300, beside=3, use=0.0)),
    Case("silent_3_days", USED, True, True, befallen("silent", BOTH, 3), faulty=True),
    Case("every_10_s", IN_USE, True, False, among(*BOTH, plan={"interval": 10})),
    Case("every_5_min", IN_USE, True, False, among(*BOTH, plan={"interval": 300})),
    Case("every_15_min", IN_USE, True, False, among(*BOTH, plan={"interval": 900})),
    Case("every_hour", IN_USE, True, False, among(*BOTH, plan={"interval": 3_600})),
    Case("every_15_min_unused", ("idle",), False, True,
         among(*BOTH, use=0.0, plan={"interval": 900})),
    Case("lit_with_nobody_there", NOT_USED, False, True,
         among(*BOTH, use=0.0, trouble=[{"kind": "lit_unattended"}])),
    Case("moved_to_a_busy_desk", ALARM, False, True, moved_to_subject(14), faulty=True),
    Case("same_signal", ALARM, False, True, moved_to_subject(ALWAYS), faulty=True),
    Case("clock_8_h_slow", USED, True, True, clock(-8, BUSY), faulty=True),
    Case("clock_8_h_slow_unused", ALARM, False, True, clock(-8, 0.0), faulty=True),
    Case("clock_8_h_fast_unused", ALARM, False, True, clock(8, 0.0), faulty=True),
    Case("clock_1_h_slow_unused", ALARM, False, True, clock(-1, 0.0), faulty=True),
    Case("clock_1_h_fast_unused", ALARM, False, True, clock(1, 0.0), faulty=True),
    Case("clock_8_h_slow_mended", USED, True, True, clock(-8, BUSY, 10)),
    Case("parked_fix_200_m", NOT_USED, False, True,
         among("position", archetype="vehicle", use=0.0, ways={"gps_sigma_m": 200.0})),
    Case("stored_fix_200_m", NOT_USED, False, True,
         among("position", archetype="portable", use=0.0, ways={"gps_sigma_m": 200.0})),
    Case("lent_unused", NOT_USED, False, True, lent),
)  # fmt: skip
