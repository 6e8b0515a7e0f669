"""What an order will not do, each with what a person must be told."""

from crm_store.refusals import Refusal


class IllegalOrderStep(Refusal):
    """facts: order, event (OrderEvent), allowed (events)."""

    template = "illegal_order_step"


class EmptyOrder(Refusal):
    """facts: order. Nothing is confirmed without a line."""

    template = "empty_order"


class BadLine(Refusal):
    """facts: problem ("name", "long_name", "price", "quantity", "discount", "many"), name (of the line),
    most (where there is a limit, in the problem's own unit), currency."""

    template = "bad_line"


class NoSuchLine(Refusal):
    """facts: order. The line was taken out already, or is another order's."""

    template = "no_such_line"


class BadDiscount(Refusal):
    """facts: order, discount, most (minor units)."""

    template = "bad_discount"


class NotPositive(Refusal):
    """facts: order. Money that is received or given back is more than nothing."""

    template = "not_positive"


class Overpayment(Refusal):
    """facts: order, amount, due (minor units)."""

    template = "overpayment"


class ReferenceUsed(Refusal):
    """facts: payment, order (the one it was recorded for). The reference belongs to another payment."""

    template = "reference_used"


class RefundTooLarge(Refusal):
    """facts: order, amount, most (what was paid, less what was or is being refunded)."""

    template = "refund_too_large"


class RefundDecided(Refusal):
    """facts: order, refund. Somebody was first."""

    template = "refund_decided"


class OwnRefund(Refusal):
    """facts: order, refund. Who asks for a refund does not approve it."""

    template = "own_refund"


class QuantityTooLarge(Refusal):
    """facts: order, line, quantity, most (thousandths that may still be sent, or come back)."""

    template = "quantity_too_large"


class NothingChosen(Refusal):
    """facts: order. No line with more than nothing of it."""

    template = "nothing_chosen"


class ReturnDecided(Refusal):
    """facts: order, returned (Return). It is not in the state that this step needs."""

    template = "return_decided"


class NoSuchProduct(Refusal):
    """facts: text, as it was asked for."""

    template = "no_such_product"


class NotForSale(Refusal):
    """facts: product. It was taken off and goes into no order."""

    template = "not_for_sale"


class BadProduct(Refusal):
    """facts: field ("name", "price", "category", "sku", "unit"), most (characters, None where it is no
    question of length)."""

    template = "bad_product"


class SkuTaken(Refusal):
    """facts: sku, product (the one that has it)."""

    template = "sku_taken"
