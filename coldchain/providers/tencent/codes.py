"""Which of Tencent's refusals means what for the next step. The same code may come for the request or for the number.

A code that is not here is judged by its first part; one that is not known at all refuses this message.
"""

from coldchain.providers.outcome import Answer, Verdict

_CODES = {
    Verdict.BROKEN: """
        FailedOperation.SignatureIncorrectOrUnapproved FailedOperation.TemplateIncorrectOrUnapproved
        FailedOperation.TemplateUnapprovedOrNotExist FailedOperation.InsufficientBalanceInSmsPackage
        FailedOperation.InsufficientBalanceInVoicePackage FailedOperation.PhonenumberUnappliedOrExpired
        InvalidParameterValue.SdkAppIdNotExist InvalidParameterValue.SdkAppidNotExist
        LimitExceeded.AppDailyLimit LimitExceeded.AppMainlandChinaDailyLimit
        InternalError.SigVerificationFail InternalError.RestApiInterfaceNotExist
        """,
    Verdict.UNKNOWN: "FailedOperation.AccessUpstreamTimeout",
}
_VERDICTS = {code: verdict for verdict, codes in _CODES.items() for code in codes.split()}
_FAMILIES = {
    "AuthFailure": Verdict.BROKEN,
    "UnauthorizedOperation": Verdict.BROKEN,
    "InvalidAction": Verdict.BROKEN,
    "UnsupportedRegion": Verdict.BROKEN,
    "ResourceInsufficient": Verdict.BROKEN,
    "LimitExceeded": Verdict.LATER,
    "RequestLimitExceeded": Verdict.LATER,
    "InternalError": Verdict.UNKNOWN,  # it names upstream time-outs so: a telephone may have rung
}
_CLOSED_S = {
    "PhoneNumberThirtySecondLimit": 30.0,
    "PhoneNumberOneHourLimit": 3600.0,
    "PhoneNumberDailyLimit": 86400.0,
    "PhoneNumberSameContentDailyLimit": 86400.0,
    "DeliveryFrequencyLimit": 30.0,
}


def answer_of(code: str, words: str, retry_after_s: float | None = None) -> Answer:
    """The verdict on a refusal, with Tencent's own code and words."""
    found = verdict(code)
    if found is Verdict.LATER and retry_after_s is None:
        retry_after_s = _CLOSED_S.get(code.partition(".")[2], 1.0 if code.startswith("Request") else None)
    return Answer(found, code, words, retry_after_s=retry_after_s)


def verdict(code: str) -> Verdict:
    """What a code means for the next step."""
    return _VERDICTS.get(code) or _FAMILIES.get(code.partition(".")[0], Verdict.REFUSED)
