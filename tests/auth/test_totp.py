import base64

import pytest

from gamepilot_mon.auth import totp

# RFC 6238, appendix B, SHA-1: the last six of its eight digits.
SECRET = base64.b32encode(b"12345678901234567890").decode()
VECTORS = [
    (59, "287082"),
    (1_111_111_109, "081804"),
    (1_111_111_111, "050471"),
    (1_234_567_890, "005924"),
    (2_000_000_000, "279037"),
    (20_000_000_000, "353130"),
]
NOW = 1_111_111_111_000
STEP = totp.step_at(NOW)


@pytest.mark.parametrize(("seconds", "code"), VECTORS)
def test_it_makes_the_codes_of_the_rfc(seconds: int, code: str) -> None:
    assert totp.code(SECRET, totp.step_at(seconds * 1000)) == code


@pytest.mark.parametrize(("seconds", "code"), VECTORS)
def test_it_takes_the_codes_of_the_rfc(seconds: int, code: str) -> None:
    assert totp.step_of(code, SECRET, seconds * 1000, 0) == totp.step_at(seconds * 1000)


@pytest.mark.parametrize(
    ("late", "taken"), [(-60_000, False), (-30_000, True), (0, True), (30_000, True), (60_000, False)]
)
def test_it_takes_a_code_one_step_early_or_late(late: int, taken: bool) -> None:
    code = totp.code(SECRET, STEP)

    assert (totp.step_of(code, SECRET, NOW + late, 0) == STEP) is taken


def test_it_takes_no_code_of_a_step_that_was_used() -> None:
    assert totp.step_of(totp.code(SECRET, STEP), SECRET, NOW, STEP) is None
    assert totp.step_of(totp.code(SECRET, STEP + 1), SECRET, NOW, STEP) == STEP + 1


def test_it_takes_a_code_with_blanks_in_it() -> None:
    code = totp.code(SECRET, STEP)

    assert totp.step_of(f" {code[:3]} {code[3:]} ", SECRET, NOW, 0) == STEP


@pytest.mark.parametrize(
    "text", ["", "12345", "1234567", "abcdef", "٠٥٠٤٧١", "05047１", "0" * 10_000, "-50471"]
)
def test_it_takes_nothing_but_six_digits(text: str) -> None:
    assert totp.step_of(text, SECRET, NOW, 0) is None


def test_it_makes_secrets_of_160_bits_that_differ() -> None:
    secrets = {totp.fresh_secret() for _ in range(50)}

    assert len(secrets) == 50
    assert {len(base64.b32decode(secret)) for secret in secrets} == {20}


def test_it_says_in_the_address_whose_it_is() -> None:
    assert totp.address(SECRET, "ada@example.org") == (
        f"otpauth://totp/GamePilot%20Monitor:ada%40example.org?secret={SECRET}&issuer=GamePilot%20Monitor"
    )
