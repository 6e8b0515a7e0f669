"""Amounts for machines: minor units as a decimal number, and never as a float."""

from decimal import Decimal

from crm_store.money import decimals


def decimal(minor: int, currency: str) -> Decimal:
    """118513 of CNY is 1185.13, with as many decimals as the currency has."""
    return Decimal(minor).scaleb(-decimals(currency))


def text(minor: int, currency: str) -> str:
    return f"{decimal(minor, currency):f}"


def quantity(thousandths: int) -> str:
    """1500 is 1.5."""
    return f"{Decimal(thousandths).scaleb(-3).normalize():f}"
