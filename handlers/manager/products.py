"""/products (商品): what is for sale, by category or by search; /product (新商品, 改商品) writes it."""

from dataclasses import dataclass
from typing import Any

from crm_store import money
from crm_store.sales import product_keys, products
from crm_store.sales.tables import Product
from crm_store.service.conversation import Manner
from crm_store.staff.roles import Role
from handlers.chat import Chat
from handlers.commands import answered, command, tap
from handlers.incoming import manner_of, read
from handlers.manager import product_list
from handlers.manager.product_line import meant, parse
from handlers.taps import MAX_BYTES, Button, Keyboard, Tap, button

PAGE = 8
FORM, CONFIRM, PRICE, VALUE = "product", "confirm", "price", "value"
CLEARS = "-"


@dataclass(frozen=True)
class Catalogue(Tap, verb="pcats"):
    """The categories."""


@dataclass(frozen=True)
class Browse(Tap, verb="pcat"):
    """``category`` 0 is of none; ``page`` counts from 0."""

    category: int
    page: int


@dataclass(frozen=True)
class FindPage(Tap, verb="pfind"):
    page: int
    text: str


@dataclass(frozen=True)
class ShowProduct(Tap, verb="p"):
    product: int


@dataclass(frozen=True)
class EditProduct(Tap, verb="pedit"):
    product: int
    field: str


@dataclass(frozen=True)
class TakeOff(Tap, verb="poff"):
    product: int


@dataclass(frozen=True)
class PutOn(Tap, verb="pon"):
    product: int


@dataclass(frozen=True)
class SaveProduct(Tap, verb="psave"):
    """What the speaker's form holds."""


def show_all(chat: Chat) -> None:
    if chat.arguments:
        return _found(chat, chat.arguments, 0)
    return _catalogue(chat)


def catalogue(chat: Chat, _tapped: Catalogue) -> None:
    _catalogue(chat)


def _catalogue(chat: Chat) -> None:
    counted = products.categories(chat.session)
    each = [_category_button(one) for one in counted]
    chat.show(
        "manager/product/catalogue.html.j2",
        count=sum(one.count for one in counted),
        buttons=[each[at : at + 2] for at in range(0, len(each), 2)],
    )


def _category_button(one: products.Counted) -> Button:
    if one.category is None:
        return button("product_no_category", Browse(0, 0), count=one.count)
    return button("product_shelf", Browse(one.category.id, 0), name=one.category.name, count=one.count)


def browse(chat: Chat, tapped: Browse) -> None:
    category = products.category(chat.session, category_id=tapped.category) if tapped.category else None
    if tapped.category and category is None:
        return chat.toast("old_button")
    page = max(tapped.page, 0)
    found = products.listed(chat.session, category=category, limit=PAGE + 1, offset=page * PAGE)
    turns = [button("previous", Browse(tapped.category, page - 1))] if page else []
    turns += [button("following", Browse(tapped.category, page + 1))] if len(found) > PAGE else []
    return chat.show(
        "manager/product/list.html.j2",
        products=found[:PAGE],
        heading=category.name if category else None,
        words=None,
        sees_cost=_sees_cost(chat),
        buttons=_under_list(found[:PAGE], turns),
    )


def find_page(chat: Chat, tapped: FindPage) -> None:
    _found(chat, tapped.text, max(tapped.page, 0))


def _found(chat: Chat, text: str, page: int) -> None:
    found = product_keys.find(chat.session, text=text, limit=PAGE + 1, offset=page * PAGE, for_sale=False)
    turns = [_turn("previous", page - 1, text)] if page else []
    turns += [_turn("following", page + 1, text)] if len(found) > PAGE else []
    chat.show(
        "manager/product/list.html.j2",
        products=found[:PAGE],
        heading=None,
        words=text,
        sees_cost=_sees_cost(chat),
        buttons=_under_list(found[:PAGE], turns),
    )


def _under_list(found: list[Product], turns: list[Button]) -> Keyboard:
    rows = [*_each(found), turns, [button("product_catalogue", Catalogue())]]
    return [row for row in rows if row]


def _turn(label: str, page: int, text: str) -> Button:
    """As much of the words as a button can carry; longer ones have one page of hits."""
    room = MAX_BYTES - len(FindPage(page, "").pack().encode())
    return button(label, FindPage(page, text.encode()[:room].decode(errors="ignore")))


def _each(found: list[Product]) -> Keyboard:
    buttons = [button("product", ShowProduct(one.id), name=one.name[:30]) for one in found]
    return [buttons[at : at + 2] for at in range(0, len(buttons), 2)]


def show(chat: Chat, tapped: ShowProduct) -> None:
    _card(chat, products.get(chat.session, product_id=tapped.product))


def _card(chat: Chat, product: Product) -> None:
    buttons: Keyboard = []
    if _sees_cost(chat):
        edits = [button(f"product_{field}", EditProduct(product.id, field)) for field in products.FIELDS]
        switch = TakeOff(product.id) if product.active else PutOn(product.id)
        buttons = [edits[:3], edits[3:], [button("product_off" if product.active else "product_on", switch)]]
    back = Browse(product.category_id or 0, 0)
    chat.show(
        "manager/product/card.html.j2",
        product=product,
        category=products.category_path(chat.session, product=product),
        sees_cost=_sees_cost(chat),
        buttons=[*buttons, [button("back", back)]],
    )


def _sees_cost(chat: Chat) -> bool:
    """What goods cost the shop is nobody's to know below a manager."""
    return chat.role.includes(Role.MANAGER)


def take_off(chat: Chat, tapped: TakeOff) -> None:
    _switch(chat, tapped.product, active=False)


def put_on(chat: Chat, tapped: PutOn) -> None:
    _switch(chat, tapped.product, active=True)


def _switch(chat: Chat, product_id: int, *, active: bool) -> None:
    product = products.get(chat.session, product_id=product_id)
    products.change(chat.session, product=product, changes={"active": active}, actor=chat.me, now=chat.now)
    chat.toast("product_put_on" if active else "product_taken_off")
    _card(chat, product)


def edit(chat: Chat, tapped: EditProduct) -> None:
    if tapped.field not in products.FIELDS:
        return chat.toast("old_button")
    product = products.get(chat.session, product_id=tapped.product)
    chat.ask(FORM, VALUE, product=product.id, field=tapped.field)
    chat.say("manager/product/ask.html.j2", product=product, field=tapped.field)
    return None


def valued(chat: Chat) -> None:
    """The new value of one field; what cannot be taken is asked for again."""
    assert chat.form is not None
    product = products.get(chat.session, product_id=chat.form.answers["product"])
    field, text = chat.form.answers["field"], (chat.message.text or "").strip()
    if not text:
        chat.say("manager/product/ask.html.j2", product=product, field=field)
        return None
    value: Any = None if text == CLEARS and field != "name" else text
    if field == "price" or (field == "cost" and value is not None):
        try:
            value = money.read(text, currency=product.currency)
        except money.Unreadable as refused:
            return _unreadable(chat, refused)
    products.change(chat.session, product=product, changes={field: value}, actor=chat.me, now=chat.now)
    chat.leave_form()
    return _card(chat, product)


def named(chat: Chat) -> None:
    if not chat.arguments:
        chat.say("manager/product/usage.html.j2")
    elif product_list.is_list(chat.arguments):
        product_list.propose(chat, chat.arguments)
    else:
        _propose(chat, chat.arguments)


def corrected(chat: Chat) -> None:
    """Another line instead of a tap: it replaces what was proposed. A yes is a yes."""
    if manner_of(read(chat.message), chat.words) == Manner.CLOSER:
        _save(chat)
    else:
        _propose(chat, (chat.message.text or "").strip())


def priced(chat: Chat) -> None:
    assert chat.form is not None
    price = "".join((chat.message.text or "").split())
    _propose(chat, f"price={price} {chat.form.answers['typed']}")


def _propose(chat: Chat, text: str) -> None:
    """Show what would be added or changed; nothing is yet."""
    try:
        subject, values = parse(text, words=chat.words, currency=chat.desk.currency)
        product = meant(chat.session, subject, values)
        if product is not None and product.currency != chat.desk.currency:
            subject, values = parse(text, words=chat.words, currency=product.currency)
    except money.Unreadable as refused:
        return _unreadable(chat, refused)
    if product is None and subject:
        values = {"name": subject, **values}
    if product is not None and not values:
        return _card(chat, product)
    if product is None and "name" not in values:
        chat.say("manager/product/usage.html.j2")
        return None
    products.check(chat.session, values=values, product=product)
    if product is None and "price" not in values:
        chat.ask(FORM, PRICE, typed=text)
        chat.say("manager/product/price.html.j2", name=values["name"])
        return None
    chat.ask(FORM, CONFIRM, values=values, product=product.id if product else None, typed=text)
    chat.say(
        "manager/product/propose.html.j2",
        product=product,
        values=dict.fromkeys(products.FIELDS) | values,
        currency=product.currency if product else chat.desk.currency,
        category=products.category_path(chat.session, product=product) if product else None,
        buttons=[[button("product_change" if product else "product_create", SaveProduct())]],
    )
    return None


def save(chat: Chat, _tapped: SaveProduct) -> None:
    if chat.form is None or (chat.form.form, chat.form.step) != (FORM, CONFIRM):
        return chat.toast("old_button")
    return _save(chat)


def _save(chat: Chat) -> None:
    assert chat.form is not None
    values, product_id = chat.form.answers["values"], chat.form.answers["product"]
    if product_id is None:
        product = products.create(
            chat.session, **values, currency=chat.desk.currency, actor=chat.me, now=chat.now
        )
    else:
        product = products.get(chat.session, product_id=product_id)
        products.change(chat.session, product=product, changes=values, actor=chat.me, now=chat.now)
    chat.leave_form()
    _card(chat, product)


def _unreadable(chat: Chat, refused: money.Unreadable) -> None:
    """The form, if there is one, goes on waiting."""
    chat.say("manager/product/unreadable.html.j2", text=refused.text, why=refused.why)


HANDLERS = [
    command("products", "商品", role=Role.AGENT, run=show_all),
    command("product", "新商品", "改商品", role=Role.MANAGER, run=named),
    tap(Catalogue, role=Role.AGENT, run=catalogue),
    tap(Browse, role=Role.AGENT, run=browse),
    tap(FindPage, role=Role.AGENT, run=find_page),
    tap(ShowProduct, role=Role.AGENT, run=show),
    tap(EditProduct, role=Role.MANAGER, run=edit),
    tap(TakeOff, role=Role.MANAGER, run=take_off),
    tap(PutOn, role=Role.MANAGER, run=put_on),
    tap(SaveProduct, role=Role.MANAGER, run=save),
    *product_list.HANDLERS,
]
FORMS = [
    answered(FORM, CONFIRM, role=Role.MANAGER, run=corrected),
    answered(FORM, PRICE, role=Role.MANAGER, run=priced),
    answered(FORM, VALUE, role=Role.MANAGER, run=valued),
    *product_list.FORMS,
]
