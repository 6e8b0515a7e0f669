"""What is for sale: products with categories, prices and a way to find them as people type."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from crm_store.customers.names import fold
from crm_store.money import MOST
from crm_store.sales.product_keys import keys_of
from crm_store.sales.refusals import BadProduct, NoSuchProduct, NotForSale, SkuTaken
from crm_store.sales.tables import Product, ProductCategory
from crm_store.staff import audit

LONGEST = {"name": 100, "category": 40, "sku": 40, "unit": 20}
"""Characters of what people type."""

FIELDS = ("price", "cost", "name", "category", "sku", "unit")
"""What people state of a product; ``active`` is a switch."""

LEVELS = "/"
"""茶叶/绿茶: a category and the one within it."""


@dataclass(frozen=True)
class Counted:
    """A category and how many products of it are for sale; None for those without one."""

    category: ProductCategory | None
    count: int


def get(session: Session, *, product_id: int) -> Product:
    """Raises NoSuchProduct."""
    product = session.get(Product, product_id)
    if product is None:
        raise NoSuchProduct(text=str(product_id))
    return product


def for_sale(session: Session, *, product_id: int) -> Product:
    """A product that may go into an order. Raises NoSuchProduct, or NotForSale for one that was taken off."""
    product = get(session, product_id=product_id)
    if not product.active:
        raise NotForSale(product=product)
    return product


def named(session: Session, *, text: str) -> Product | None:
    """The one product with exactly this sku or name, however it is written; None when there is none, or the
    name is several products'."""
    wanted = text.strip()
    by_sku = select(Product).where(func.lower(col(Product.sku)) == wanted.lower())
    if wanted and (found := session.scalars(by_sku).first()):
        return found
    start = f"{fold(wanted)}\n"
    by_name = select(Product).where(col(Product.keys).startswith(start, autoescape=True)).limit(2)
    same = list(session.scalars(by_name)) if fold(wanted) else []
    return same[0] if len(same) == 1 else None


def check(session: Session, *, values: Mapping[str, Any], product: Product | None) -> None:
    """Whether these could be written (of ``product``, or of a new one). Raises BadProduct or SkuTaken."""
    _check_sku(session, _checked(values).get("sku"), product=product)


def create(
    session: Session,
    *,
    name: str,
    price: int,
    currency: str,
    cost: int | None = None,
    category: str | None = None,
    sku: str | None = None,
    unit: str | None = None,
    actor: audit.Actor,
    now: datetime,
) -> Product:
    """A new product, for sale at once. ``price`` and ``cost`` in minor units; ``category`` by name (made when
    it is new; 茶叶/绿茶 is one within another). Raises BadProduct or SkuTaken."""
    said = {"name": name, "price": price, "cost": cost, "category": category, "sku": sku, "unit": unit}
    values = _checked(said)
    _check_sku(session, values["sku"], product=None)
    product = Product(
        name=values["name"],
        price=price,
        cost=values["cost"],
        currency=currency,
        sku=values["sku"],
        unit=values["unit"],
        category_id=_category_id(session, values["category"]),
        keys=keys_of(values["name"], values["sku"]),
        created_at=now,
        updated_at=now,
    )
    session.add(product)
    session.flush()
    after = {field: value for field, value in values.items() if value is not None}
    audit.record(
        session, actor=actor, action="created", entity="product", entity_id=product.id, now=now, after=after
    )
    return product


def change(
    session: Session, *, product: Product, changes: Mapping[str, Any], actor: audit.Actor, now: datetime
) -> bool:
    """Change some of ``FIELDS`` or ``active``; ``category`` by name, None for none. Orders keep what they
    were placed with. False when all is as it was. Raises BadProduct or SkuTaken."""
    values = _checked(changes)
    if "sku" in values:
        _check_sku(session, values["sku"], product=product)
    present = {"category": category_path(session, product=product), **product.model_dump()}
    differing = {field: value for field, value in values.items() if present[field] != value}
    for field, value in differing.items():
        if field == "category":
            product.category_id = _category_id(session, value)
        else:
            setattr(product, field, value)
    if not differing:
        return False
    product.keys, product.updated_at = keys_of(product.name, product.sku), now
    session.add(product)
    audit.record(
        session,
        actor=actor,
        action="changed",
        entity="product",
        entity_id=product.id,
        now=now,
        before={field: present[field] for field in differing},
        after=differing,
    )
    session.flush()
    return True


def listed(
    session: Session, *, category: ProductCategory | None, limit: int, offset: int = 0
) -> list[Product]:
    """The products of a category (None: those without one) by name, those taken off last."""
    place = col(Product.category_id)
    return list(
        session.scalars(
            select(Product)
            .where(place.is_(None) if category is None else place == category.id)
            .order_by(col(Product.active).desc(), col(Product.name), col(Product.id))
            .limit(limit)
            .offset(offset)
        )
    )


def categories(session: Session) -> list[Counted]:
    """Every category with how many of its products are for sale, by name; one within another comes after it.
    Those without a category come last, where there are any."""
    known = {one.id: one for one in session.scalars(select(ProductCategory))}
    counted = (
        select(col(Product.category_id), func.count())
        .where(col(Product.active))
        .group_by(col(Product.category_id))
    )
    counts: dict[int | None, int] = {place: count for place, count in session.execute(counted)}
    ordered = sorted(known.values(), key=lambda one: _path(one, known))
    lines = [Counted(one, counts.get(one.id, 0)) for one in ordered]
    loose = session.scalars(select(Product).where(col(Product.category_id).is_(None)).limit(1)).first()
    return [*lines, Counted(None, counts.get(None, 0))] if loose is not None else lines


def category(session: Session, *, category_id: int) -> ProductCategory | None:
    return session.get(ProductCategory, category_id)


def category_path(session: Session, *, product: Product) -> str | None:
    """The product's category with the one it is within: 茶叶/绿茶."""
    if product.category_id is None:
        return None
    known: dict[int, ProductCategory] = {}
    place: int | None = product.category_id
    while place is not None and place not in known:
        one = session.get_one(ProductCategory, place)
        known[one.id], place = one, one.parent_id
    return LEVELS.join(_path(known[product.category_id], known))


def _path(one: ProductCategory, known: Mapping[int, ProductCategory]) -> list[str]:
    names = [one.name]
    seen = {one.id}
    while one.parent_id is not None and one.parent_id in known and one.parent_id not in seen:
        one = known[one.parent_id]
        seen.add(one.id)
        names.append(one.name)
    return names[::-1]


def _category_id(session: Session, path: str | None) -> int | None:
    """The category of this name, and those it is within: made where they are new."""
    parent: int | None = None
    for name in _levels(path):
        one = session.scalars(select(ProductCategory).where(col(ProductCategory.name) == name)).first()
        if one is None:
            one = ProductCategory(name=name, parent_id=parent)
            session.add(one)
            session.flush()
        parent = one.id
    return parent


def _levels(path: str | None) -> list[str]:
    return [name.strip() for name in (path or "").replace("／", LEVELS).split(LEVELS) if name.strip()]


def _checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values without spaces around them, empty ones as None. Raises BadProduct naming the first bad one."""
    checked: dict[str, Any] = {}
    for field, value in values.items():
        if field not in (*FIELDS, "active"):
            raise ValueError(f"a product has no {field}")
        if field == "price" and not 0 <= value <= MOST:
            raise BadProduct(field=field, most=None)
        if field == "cost" and value is not None and not 0 <= value <= MOST:
            raise BadProduct(field=field, most=None)
        if isinstance(value, str):
            value = LEVELS.join(_levels(value)) if field == "category" else " ".join(value.split())
            longest = (
                max((len(one) for one in _levels(value)), default=0) if field == "category" else len(value)
            )
            if longest > LONGEST[field]:
                raise BadProduct(field=field, most=LONGEST[field])
        checked[field] = None if value == "" else value
    if "name" in checked and checked["name"] is None:
        raise BadProduct(field="name", most=None)
    return checked


def _check_sku(session: Session, sku: str | None, *, product: Product | None) -> None:
    if sku is None:
        return
    holder = session.scalars(select(Product).where(func.lower(col(Product.sku)) == sku.lower())).first()
    if holder is not None and (product is None or holder.id != product.id):
        raise SkuTaken(sku=sku, product=holder)
