"""Which sentences the program says, and with which words: what config/prompts.toml must hold, no more and no less."""

from collections.abc import Mapping, Set

from dialplans.names import STATIC_PROMPTS
from routing.faults import Fault

WITH_WORDS: Mapping[str, str] = {
    "open_case": "day when",
    "transfer_sure": "place matter unit",
    "transfer_door": "door number",
    "offer_promise": "when",
    "later": "who",
    "nobody": "when",
    "is_it": "matter",
    "brief_sure": "window urgency place matter times recorded",
    "brief_care": "care",
    "brief_window": "window recorded",
    "brief_window_unsure": "window",
    "staff_hello": "who",
    "staff_wait": "count",
    "staff_at_window": "window",
    "staff_surge": "place matter",
    "staff_surge_one": "place matter",
    "staff_sign_case": "number",
    "staff_cases": "count",
    "staff_case": "number when place matter",
    "staff_case_due": "clock when",
    "staff_case_late": "clock",
    "staff_result_said": "result",
    "staff_hand_to": "who",
    "staff_waiting": "when place matter",
    "staff_missed": "who when place matter",
    "citizen_joined": "who",
    "citizen_joined_unrecorded": "who",
    "staff_meeting_set": "when",
    "staff_meeting_runs": "when",
    "staff_swap_own": "when",
    "staff_swap_other": "who when",
    "staff_swap_asked": "who",
    "staff_swap_agree": "who give take",
    "swap_agreed": "who",
    "swap_declined": "who",
    "swap_refused": "who",
    "handed_to_you": "who",
    "handed_to_unit": "who",
    "staff_remind": "who when",
    "staff_unsure": "when who",
    "staff_arrival": "window",
    "staff_onsite": "window",
    "callback_open": "number day",
    "callback_rang_back": "day",
    "callback_result": "matter unit result",
    "callback_cannot": "reason plan",
    "callback_why": "who",
    "callback_unsolved": "day",
    "callback_learn": "span",
    "callback_recheck": "matter",
    "confirm_open": "number",
    "confirm_matter": "day channel place matter",
}
"""The words that a call fills into each sentence; a text need not use them all, and can use no other."""

WITHOUT_WORDS = """
notice_night question greeting_reply ask_again silent_again_1 silent_again_2 no_recording_ok transfer_unsure
transfer_person transfer_silent recognizer_gone waiting_2 waiting_2_hidden waiting_3 waiting_4 waiting_5 waiting_6
waiting_room offer_promise_hidden number_none number_ask number_again number_read number_right number_kept surge
surge_noted surge_noted_hidden surge_else surge_redial danger danger_fire danger_medical danger_crime danger_traffic
danger_fire_hidden danger_medical_hidden danger_crime_hidden danger_traffic_hidden danger_self_harm brief_unsure
brief_silent brief_plain brief_unrecorded brief_open brief_no_number screen_keys screen_keys_plain screen_later
screen_clip staff_surges staff_surge_known staff_announce staff_announce_bad staff_to_sign staff_sign_code
staff_sign_wrong staff_sign_keys staff_sign_why staff_sign_done staff_sign_sent_back staff_sign_doubt
staff_case_key_sign staff_case_key_result staff_case_by_desk staff_case_key_hand staff_case_keys staff_case_signed
staff_case_no_call staff_case_desk staff_cases_none staff_result_ask staff_result_again staff_result_keys
staff_result_plan staff_result_plan_keys staff_result_sent staff_hand_why staff_handed staff_hand_asked
staff_hand_nobody staff_sign_none staff_to_confirm staff_menu staff_none_waits staff_joining staff_missed_keys
staff_missed_keys_later
staff_passed staff_snoozed staff_meeting_ask staff_meeting_long staff_meeting_over staff_nobody_left staff_no_shift
staff_no_more swap_no_answer staff_confirmed staff_cannot staff_test staff_thanks staff_code staff_code_wrong
staff_sorry staff_no_need callback_again callback_wrong_person callback_solved callback_solved_again
callback_satisfied callback_satisfied_again callback_coached callback_coached_again callback_thanks callback_later
callback_recheck_unsolved callback_by_people confirm_rang_back confirm_writer_again confirm_yours
confirm_yours_again confirm_more confirm_more_again confirm_say confirm_thanks confirm_noted confirm_not_yours
confirm_by_people redial_open
"""
"""Those without words of a call, beside what the dialplan plays by itself (names.STATIC_PROMPTS)."""

PER_MATTER = "is_it_"
"""How keys begin of which a county may have one for each matter, and need not."""

NEEDED: Mapping[str, frozenset[str]] = {
    **{key: frozenset[str]() for key in (*STATIC_PROMPTS, *WITHOUT_WORDS.split())},
    **{key: frozenset(words.split()) for key, words in WITH_WORDS.items()},
}
"""By key: the words that are filled in."""


def missing(slots: Mapping[str, Set[str]]) -> list[Fault]:
    """What the program would look for in vain. slots: of each text that there is."""
    faults = []
    for key, words in NEEDED.items():
        if key not in slots:
            mend = "程序要说这一句，配置里没有，请补上（随程序带的 config/prompts.toml 里有原文）。"
            faults.append(Fault(field=f"prompts.{key}", value=None, mend=mend))
            continue
        for slot in sorted(slots[key] - words):
            can = "、".join(f"{{{word}}}" for word in sorted(words)) or "没有"
            mend = f"这一句不填这个词，说的时候会空着；能填的：{can}。"
            faults.append(Fault(field=f"prompts.{key}.text", value=f"{{{slot}}}", mend=mend))
    return faults


def unused(fallbacks: Mapping[str, str]) -> list[str]:
    """Keys that nothing says. fallbacks: of each text that there is, the key of its fallback, or empty."""
    said = NEEDED.keys() | set(fallbacks.values())
    return sorted(key for key in fallbacks.keys() - said if not key.startswith(PER_MATTER))
