"""Telephone numbers: one canonical form, the mask for logs, and what the system may dial at all.

The canonical form is what a Chinese exchange dials: a mobile has 11 digits, a land line 0 + area code + number, 400
numbers stand alone, short numbers (95598) only when configured. Numbers are never routed by their prefix.
"""

import re
import unicodedata

import phonenumbers

# 112 is what a GSM telephone dials without a SIM. With an area code in front these reach that city's own centre.
EMERGENCY = frozenset({"110", "119", "120", "122", "112"})

_EMERGENCY_ANYWHERE = re.compile(rf"(?:0\d{{2,3}})?(?:{'|'.join(sorted(EMERGENCY))})")
_WRITTEN = re.compile(r"[0-9+() .\-]+")
_CANONICAL = re.compile(r"[0-9]{3,12}")


class BadNumber(ValueError):
    """A number that cannot be dialled: the field it came from, its value (masked) and how to mend it."""

    def __init__(self, *, field: str, value: str, mend: str) -> None:
        self.field = field
        self.value = mask(value)
        self.mend = mend
        super().__init__(f"{field}：“{self.value}”不是能拨打的号码。{mend}")


def normalise(
    raw: str,
    *,
    region: str = "CN",
    area_code: str = "",
    service_numbers: frozenset[str] = frozenset(),
    field: str = "号码",
) -> str:
    """The canonical digits of a number as people write it: +86, 0086, spaces, dashes, full width, 0 before a mobile.

    `area_code` (with its 0, e.g. “0870”) completes a land line written without one. Raises BadNumber for everything
    that is no Chinese number, for emergency numbers, and for short numbers outside `service_numbers`.
    """
    text = unicodedata.normalize("NFKC", raw).strip()
    if not text:
        raise BadNumber(field=field, value=raw, mend="请填写号码。")
    if re.fullmatch(r"[0-9.]+[eE]\+?[0-9]+", text):
        raise BadNumber(field=field, value=raw, mend="表格把号码变成了科学计数，请把单元格设为文本后重填。")
    if not _WRITTEN.fullmatch(text):
        raise BadNumber(field=field, value=raw, mend="只能有数字、空格、横线、括号和开头的 +;分机号请去掉。")
    digits = re.sub(r"\D", "", text)
    if _EMERGENCY_ANYWHERE.fullmatch(re.sub(r"^(?:00)?86", "", digits)):
        raise BadNumber(field=field, value=raw, mend="紧急号码只告诉群众，系统从不拨打。")
    if digits in service_numbers:
        return digits
    if re.fullmatch(r"[2-8]\d{6,7}", digits):
        if not area_code:
            raise BadNumber(field=field, value=raw, mend="固定电话请写上区号，如 0870-2120001。")
        text = area_code + digits
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        raise BadNumber(field=field, value=raw, mend="请写 11 位手机号，或区号加固定电话。") from None
    if number.country_code != phonenumbers.country_code_for_region(region):
        raise BadNumber(field=field, value=raw, mend="境外号码不由系统拨打，请换境内号码。")
    if not phonenumbers.is_valid_number(number):
        mend = "请写 11 位手机号，或区号加固定电话。"
        if len(digits) <= 6:
            mend = "短号要先写进 config/zhitong.toml 的 [dialling] service_numbers。"
        raise BadNumber(field=field, value=raw, mend=mend)
    return re.sub(r"\D", "", phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL))


def dialled_back(caller: str, area_code: str) -> str:
    """The canonical number under which a caller is called back, or marked; empty for one withheld, or that is none."""
    try:
        return normalise(caller, area_code=area_code)
    except BadNumber:
        return ""


def is_mobile(number: str) -> bool:
    """Whether this canonical number is a mobile's, which can be texted."""
    try:
        parsed = phonenumbers.parse(number, "CN")
    except phonenumbers.NumberParseException:
        return False
    mobile = phonenumbers.number_type(parsed) == phonenumbers.PhoneNumberType.MOBILE
    return mobile and phonenumbers.is_valid_number(parsed)


def may_dial(number: str, *, allowed: frozenset[str]) -> bool:
    """Whether the system may ring this canonical number: only one it was given, never an emergency number.

    `allowed` holds the numbers of the roster, of the case at hand and the configured service numbers.
    """
    if not _CANONICAL.fullmatch(number) or _EMERGENCY_ANYWHERE.fullmatch(number):
        return False
    return number in allowed


def mask(number: str) -> str:
    """The number as logs show it: 138****1234; shorter ones keep less, so that nothing can be dialled back."""
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", number))
    if len(digits) >= 11:
        return f"{digits[:3]}****{digits[-4:]}"
    if len(digits) >= 7:
        return f"{digits[:2]}****{digits[-2:]}"
    return f"{digits[:1]}****"
