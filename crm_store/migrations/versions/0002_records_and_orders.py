"""records and orders"""

import sqlalchemy as sa
from alembic import op

from crm_store.types import BigKey, Json, Utc

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# What SQLAlchemy could not describe for both databases: the index of pieces of names.
GRAMS = {
    "sqlite": ["CREATE VIRTUAL TABLE search_gram USING fts5(grams, {kept}detail=none, tokenize='ascii')"],
    "postgresql": [
        "CREATE TABLE search_gram (customer_id integer PRIMARY KEY "
        "REFERENCES customer (id) ON DELETE CASCADE, grams text[] NOT NULL)",
        "CREATE INDEX ix_search_gram_grams ON search_gram USING gin (grams)",
    ],
}
# An older SQLite cannot replace a row of which it keeps no copy.
CONTENTLESS_DELETE = (3, 43, 0)


def _create_grams() -> None:
    dialect = op.get_bind().dialect
    has_it = (dialect.server_version_info or ()) >= CONTENTLESS_DELETE
    for statement in GRAMS[dialect.name]:
        op.execute(statement.format(kept="content='', contentless_delete=1, " if has_it else ""))


def upgrade() -> None:
    op.create_table(
        "external_ref",
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("entity", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("entity_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("system", "entity", "external_id", name=op.f("pk_external_ref")),
    )
    op.create_index("ix_external_ref_entity", "external_ref", ["entity", "entity_id"], unique=False)
    op.create_table(
        "product_category",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["product_category.id"],
            name=op.f("fk_product_category_parent_id_product_category"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_category")),
        sa.UniqueConstraint("name", name=op.f("uq_product_category_name")),
    )
    op.create_table(
        "api_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("salt", sa.String(), nullable=True),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", Utc, nullable=False),
        sa.Column("last_used_at", Utc, nullable=True),
        sa.Column("revoked_at", Utc, nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["staff.id"], name=op.f("fk_api_key_created_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_key_token_hash")),
    )
    op.create_table(
        "custom_field",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("choices", Json, nullable=True),
        sa.Column("role", sa.String(24), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", Utc, nullable=False),
        sa.Column("dropped_at", Utc, nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["staff.id"], name=op.f("fk_custom_field_created_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custom_field")),
        sa.UniqueConstraint("name", name=op.f("uq_custom_field_name")),
    )
    op.create_table(
        "import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(24), nullable=False),
        sa.Column("preset", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=True),
        sa.Column("about", Json, nullable=True),
        sa.Column("mapping", Json, nullable=True),
        sa.Column("policy", sa.String(), server_default="leave", nullable=False),
        sa.Column("counts", Json, nullable=True),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("started_by", sa.Integer(), nullable=True),
        sa.Column("created_at", Utc, nullable=False),
        sa.Column("finished_at", Utc, nullable=True),
        sa.ForeignKeyConstraint(["started_by"], ["staff.id"], name=op.f("fk_import_started_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import")),
    )
    op.create_index(op.f("ix_import_sha256"), "import", ["sha256"], unique=False)
    op.create_table(
        "job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("arguments", Json, nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("chat_id", BigKey, nullable=True),
        sa.Column("progress_key", sa.String(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", Utc, nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("created_at", Utc, nullable=False),
        sa.Column("finished_at", Utc, nullable=True),
        sa.ForeignKeyConstraint(["asked_by"], ["staff.id"], name=op.f("fk_job_asked_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    op.create_index(
        "ix_job_open",
        "job",
        ["id"],
        unique=False,
        sqlite_where=sa.text("state IN ('ready', 'running')"),
        postgresql_where=sa.text("state IN ('ready', 'running')"),
    )
    op.create_table(
        "lookup",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("at", Utc, nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_lookup_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lookup")),
    )
    op.create_index(op.f("ix_lookup_staff_id"), "lookup", ["staff_id"], unique=False)
    op.create_table(
        "product",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sku", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=True),
        sa.Column("price", BigKey, nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=True),
        sa.Column("keys", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", Utc, nullable=False),
        sa.Column("updated_at", Utc, nullable=False),
        sa.ForeignKeyConstraint(
            ["category_id"], ["product_category.id"], name=op.f("fk_product_category_id_product_category")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product")),
        sa.UniqueConstraint("sku", name=op.f("uq_product_sku")),
    )
    op.create_index(op.f("ix_product_category_id"), "product", ["category_id"], unique=False)
    op.create_index(op.f("ix_product_name"), "product", ["name"], unique=False)
    op.create_table(
        "api_nonce",
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column("nonce", sa.String(), nullable=False),
        sa.Column("at", Utc, nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["api_key.id"], name=op.f("fk_api_nonce_key_id_api_key")),
        sa.PrimaryKeyConstraint("key_id", "nonce", name=op.f("pk_api_nonce")),
    )
    op.create_index(op.f("ix_api_nonce_at"), "api_nonce", ["at"], unique=False)
    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(24), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("at", Utc, nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_consent_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index("ix_consent_customer", "consent", ["customer_id", "purpose", "id"], unique=False)
    op.create_table(
        "contact_method",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("primary", sa.Boolean(), nullable=False),
        sa.Column("invalid", sa.Boolean(), nullable=False),
        sa.Column("verified_at", Utc, nullable=True),
        sa.Column("confirmed_at", Utc, nullable=True),
        sa.Column("created_at", Utc, nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_contact_method_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_method")),
        sa.UniqueConstraint(
            "customer_id", "kind", "value", name=op.f("uq_contact_method_customer_id_kind_value")
        ),
    )
    op.create_index(
        "ix_contact_method_confirmed_at",
        "contact_method",
        ["confirmed_at"],
        unique=False,
        sqlite_where=sa.text("confirmed_at IS NOT NULL"),
        postgresql_where=sa.text("confirmed_at IS NOT NULL"),
    )
    op.create_index(
        "ix_contact_method_unverified",
        "contact_method",
        ["created_at"],
        unique=False,
        sqlite_where=sa.text("verified_at IS NULL"),
        postgresql_where=sa.text("verified_at IS NULL"),
    )
    op.create_index("ix_contact_method_value", "contact_method", ["kind", "value"], unique=False)
    op.create_index(
        "ix_contact_method_verified_at",
        "contact_method",
        ["verified_at"],
        unique=False,
        sqlite_where=sa.text("verified_at IS NOT NULL"),
        postgresql_where=sa.text("verified_at IS NOT NULL"),
    )
    op.create_table(
        "custom_value",
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("field_id", sa.Integer(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("rank", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_custom_value_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["field_id"], ["custom_field.id"], name=op.f("fk_custom_value_field_id_custom_field")
        ),
        sa.PrimaryKeyConstraint("customer_id", "field_id", name=op.f("pk_custom_value")),
    )
    op.create_index("ix_custom_value_rank", "custom_value", ["field_id", "rank"], unique=False)
    op.create_index("ix_custom_value_value", "custom_value", ["field_id", "value"], unique=False)
    op.create_table(
        "customer_tag",
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("tag", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_customer_tag_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("customer_id", "tag", name=op.f("pk_customer_tag")),
    )
    op.create_index("ix_customer_tag_tag", "customer_tag", ["tag", "customer_id"], unique=False)
    op.create_table(
        "duplicate_pair",
        sa.Column("a_id", sa.Integer(), nullable=False),
        sa.Column("b_id", sa.Integer(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("reasons", Json, nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("found_at", Utc, nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", Utc, nullable=True),
        sa.ForeignKeyConstraint(["a_id"], ["customer.id"], name=op.f("fk_duplicate_pair_a_id_customer")),
        sa.ForeignKeyConstraint(["b_id"], ["customer.id"], name=op.f("fk_duplicate_pair_b_id_customer")),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["staff.id"], name=op.f("fk_duplicate_pair_decided_by_staff")
        ),
        sa.PrimaryKeyConstraint("a_id", "b_id", name=op.f("pk_duplicate_pair")),
    )
    op.create_index("ix_duplicate_pair_queue", "duplicate_pair", ["state", "score"], unique=False)
    op.create_table(
        "event",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("customer_ref", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("session", sa.String(), nullable=True),
        sa.Column("data", Json, nullable=True),
        sa.Column("at", Utc, nullable=False),
        sa.Column("received_at", Utc, nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_event_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_event_source_external_id")),
    )
    op.create_index("ix_event_at", "event", ["at"], unique=False)
    op.create_index("ix_event_customer", "event", ["customer_id", "at"], unique=False)
    op.create_index(
        "ix_event_customer_ref",
        "event",
        ["customer_ref"],
        unique=False,
        sqlite_where=sa.text("customer_ref IS NOT NULL"),
        postgresql_where=sa.text("customer_ref IS NOT NULL"),
    )
    op.create_table(
        "import_row",
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("fate", sa.String(24), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("entity_id", sa.Integer(), nullable=True),
        sa.Column("before", Json, nullable=True),
        sa.Column("undone", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["import_id"], ["import.id"], name=op.f("fk_import_row_import_id_import")),
        sa.PrimaryKeyConstraint("import_id", "line", name=op.f("pk_import_row")),
    )
    op.create_index("ix_import_row_entity", "import_row", ["entity_id"], unique=False)
    op.create_table(
        "interaction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("way", sa.String(24), nullable=True),
        sa.Column("duration_seconds", sa.Integer(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("at", Utc, nullable=False),
        sa.Column("chat_id", BigKey, nullable=True),
        sa.Column("telegram_id", BigKey, nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["staff.id"], name=op.f("fk_interaction_author_id_staff")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_interaction_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interaction")),
    )
    op.create_index("ix_interaction_customer", "interaction", ["customer_id", "at", "id"], unique=False)
    op.create_index("ix_interaction_kind", "interaction", ["customer_id", "kind", "at", "id"], unique=False)
    op.create_index(
        "ix_interaction_telegram_id",
        "interaction",
        ["telegram_id"],
        unique=False,
        sqlite_where=sa.text("telegram_id IS NOT NULL"),
        postgresql_where=sa.text("telegram_id IS NOT NULL"),
    )
    op.create_table(
        "merge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kept_id", sa.Integer(), nullable=False),
        sa.Column("gone_id", sa.Integer(), nullable=False),
        sa.Column("before", Json, nullable=False),
        sa.Column("moved", Json, nullable=False),
        sa.Column("merged_by", sa.Integer(), nullable=True),
        sa.Column("merged_at", Utc, nullable=False),
        sa.Column("undone_at", Utc, nullable=True),
        sa.ForeignKeyConstraint(["gone_id"], ["customer.id"], name=op.f("fk_merge_gone_id_customer")),
        sa.ForeignKeyConstraint(["kept_id"], ["customer.id"], name=op.f("fk_merge_kept_id_customer")),
        sa.ForeignKeyConstraint(["merged_by"], ["staff.id"], name=op.f("fk_merge_merged_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merge")),
    )
    op.create_index(op.f("ix_merge_gone_id"), "merge", ["gone_id"], unique=False)
    op.create_index(op.f("ix_merge_kept_id"), "merge", ["kept_id"], unique=False)
    op.create_table(
        "need",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("budget", BigKey, nullable=True),
        sa.Column("wanted_by", sa.Date(), nullable=True),
        sa.Column("message_id", BigKey, nullable=True),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("at", Utc, nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["staff.id"], name=op.f("fk_need_author_id_staff")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_need_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_need")),
    )
    op.create_index("ix_need_category", "need", ["category", "customer_id"], unique=False)
    op.create_index(op.f("ix_need_customer_id"), "need", ["customer_id"], unique=False)
    op.create_table(
        "preference",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("source", sa.String(24), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("at", Utc, nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["staff.id"], name=op.f("fk_preference_author_id_staff")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_preference_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_preference")),
        sa.UniqueConstraint(
            "customer_id", "topic", "source", name=op.f("uq_preference_customer_id_topic_source")
        ),
    )
    op.create_table(
        "sales_order",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("payment_state", sa.String(24), nullable=False),
        sa.Column("shipment_state", sa.String(24), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("discount", BigKey, nullable=False),
        sa.Column("discount_rate", sa.Integer(), nullable=True),
        sa.Column("total", BigKey, nullable=False),
        sa.Column("paid", BigKey, nullable=False),
        sa.Column("refunded", BigKey, nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("recipient", sa.String(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column(
            "external_number", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True
        ),
        sa.Column("taken_by", sa.Integer(), nullable=True),
        sa.Column("placed_at", Utc, nullable=False),
        sa.Column("confirmed_at", Utc, nullable=True),
        sa.Column("completed_at", Utc, nullable=True),
        sa.Column("settled_at", Utc, nullable=True),
        sa.Column("cancelled_at", Utc, nullable=True),
        sa.Column("cancel_reason", sa.String(), nullable=True),
        sa.Column("updated_at", Utc, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("paid - refunded >= 0", name=op.f("ck_sales_order_refunds")),
        sa.CheckConstraint("total >= 0", name=op.f("ck_sales_order_total")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_sales_order_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(["taken_by"], ["staff.id"], name=op.f("fk_sales_order_taken_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sales_order")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_sales_order_completed_at",
        "sales_order",
        ["completed_at"],
        unique=False,
        sqlite_where=sa.text("completed_at IS NOT NULL"),
        postgresql_where=sa.text("completed_at IS NOT NULL"),
    )
    op.create_index(
        "ix_sales_order_customer", "sales_order", ["customer_id", "placed_at", "id"], unique=False
    )
    op.create_index(
        "ix_sales_order_external_number",
        "sales_order",
        ["external_number"],
        unique=False,
        sqlite_where=sa.text("external_number IS NOT NULL"),
        postgresql_where=sa.text("external_number IS NOT NULL"),
    )
    op.create_index("ix_sales_order_placed", "sales_order", ["placed_at"], unique=False)
    op.create_index("ix_sales_order_state", "sales_order", ["state", "placed_at", "id"], unique=False)
    op.create_index(
        "ix_sales_order_to_settle",
        "sales_order",
        ["settled_at", "completed_at"],
        unique=False,
        sqlite_where=sa.text("completed_at IS NOT NULL AND settled_at IS NULL"),
        postgresql_where=sa.text("completed_at IS NOT NULL AND settled_at IS NULL"),
    )
    op.create_table(
        "search_entry",
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("keys", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_search_entry_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_search_entry")),
    )
    op.create_table(
        "search_key",
        sa.Column("key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_search_key_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("key", "customer_id", name=op.f("pk_search_key")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "touchpoint",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("at", Utc, nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_touchpoint_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_touchpoint")),
    )
    op.create_index(op.f("ix_touchpoint_customer_id"), "touchpoint", ["customer_id"], unique=False)
    op.create_table(
        "order_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sku", sa.String(), nullable=True),
        sa.Column("category", sa.String(), nullable=True),
        sa.Column("price", BigKey, nullable=False),
        sa.Column("quantity", BigKey, nullable=False),
        sa.Column("discount", BigKey, nullable=False),
        sa.Column("discount_rate", sa.Integer(), nullable=True),
        sa.Column("total", BigKey, nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["sales_order.id"], name=op.f("fk_order_line_order_id_sales_order")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_order_line_product_id_product")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_line")),
    )
    op.create_index(op.f("ix_order_line_order_id"), "order_line", ["order_id"], unique=False)
    op.create_index(op.f("ix_order_line_product_id"), "order_line", ["product_id"], unique=False)
    op.create_table(
        "payment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("amount", BigKey, nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("taken_by", sa.Integer(), nullable=True),
        sa.Column("at", Utc, nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payment_amount")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["sales_order.id"], name=op.f("fk_payment_order_id_sales_order")
        ),
        sa.ForeignKeyConstraint(["taken_by"], ["staff.id"], name=op.f("fk_payment_taken_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint("method", "reference", name=op.f("uq_payment_method_reference")),
    )
    op.create_index(op.f("ix_payment_at"), "payment", ["at"], unique=False)
    op.create_index(op.f("ix_payment_order_id"), "payment", ["order_id"], unique=False)
    op.create_table(
        "refund",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("amount", BigKey, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("asked_at", Utc, nullable=False),
        sa.Column("done_at", Utc, nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refund_amount")),
        sa.ForeignKeyConstraint(["asked_by"], ["staff.id"], name=op.f("fk_refund_asked_by_staff")),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"], name=op.f("fk_refund_decided_by_staff")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["sales_order.id"], name=op.f("fk_refund_order_id_sales_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
    )
    op.create_index(op.f("ix_refund_order_id"), "refund", ["order_id"], unique=False)
    op.create_table(
        "shipment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("carrier", sa.String(), nullable=False),
        sa.Column(
            "tracking_number", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True
        ),
        sa.Column("sent_by", sa.Integer(), nullable=True),
        sa.Column("sent_at", Utc, nullable=False),
        sa.Column("delivered_at", Utc, nullable=True),
        sa.ForeignKeyConstraint(
            ["order_id"], ["sales_order.id"], name=op.f("fk_shipment_order_id_sales_order")
        ),
        sa.ForeignKeyConstraint(["sent_by"], ["staff.id"], name=op.f("fk_shipment_sent_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipment")),
    )
    op.create_index(op.f("ix_shipment_order_id"), "shipment", ["order_id"], unique=False)
    op.create_index(
        "ix_shipment_tracking_number",
        "shipment",
        ["tracking_number"],
        unique=False,
        sqlite_where=sa.text("tracking_number IS NOT NULL"),
        postgresql_where=sa.text("tracking_number IS NOT NULL"),
    )
    op.create_table(
        "order_return",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", Utc, nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", Utc, nullable=True),
        sa.Column("received_at", Utc, nullable=True),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"], name=op.f("fk_order_return_decided_by_staff")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["sales_order.id"], name=op.f("fk_order_return_order_id_sales_order")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_order_return_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_return")),
    )
    op.create_index(op.f("ix_order_return_order_id"), "order_return", ["order_id"], unique=False)
    op.create_table(
        "shipment_line",
        sa.Column("shipment_id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("quantity", BigKey, nullable=False),
        sa.ForeignKeyConstraint(
            ["line_id"], ["order_line.id"], name=op.f("fk_shipment_line_line_id_order_line")
        ),
        sa.ForeignKeyConstraint(
            ["shipment_id"], ["shipment.id"], name=op.f("fk_shipment_line_shipment_id_shipment")
        ),
        sa.PrimaryKeyConstraint("shipment_id", "line_id", name=op.f("pk_shipment_line")),
    )
    op.create_table(
        "return_line",
        sa.Column("return_id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("quantity", BigKey, nullable=False),
        sa.ForeignKeyConstraint(
            ["line_id"], ["order_line.id"], name=op.f("fk_return_line_line_id_order_line")
        ),
        sa.ForeignKeyConstraint(
            ["return_id"], ["order_return.id"], name=op.f("fk_return_line_return_id_order_return")
        ),
        sa.PrimaryKeyConstraint("return_id", "line_id", name=op.f("pk_return_line")),
    )
    op.add_column(
        "customer", sa.Column("name_chosen", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("customer", sa.Column("remark", sa.String(), nullable=True))
    op.add_column("customer", sa.Column("salutation", sa.String(), nullable=True))
    op.add_column("customer", sa.Column("company", sa.String(), nullable=True))
    op.add_column("customer", sa.Column("province", sa.String(), nullable=True))
    op.add_column("customer", sa.Column("city", sa.String(), nullable=True))
    op.add_column("customer", sa.Column("district", sa.String(), nullable=True))
    op.add_column("customer", sa.Column("street", sa.String(), nullable=True))
    op.add_column("customer", sa.Column("tier", sa.String(24), nullable=True))
    op.add_column(
        "customer",
        sa.Column(
            "owner_id",
            sa.Integer(),
            sa.ForeignKey("staff.id", name=op.f("fk_customer_owner_id_staff")),
            nullable=True,
        ),
        inline_references=True,
    )
    op.add_column("customer", sa.Column("last_order_at", Utc, nullable=True))
    op.add_column(
        "customer",
        sa.Column(
            "merged_into_id",
            sa.Integer(),
            sa.ForeignKey("customer.id", name=op.f("fk_customer_merged_into_id_customer")),
            nullable=True,
        ),
        inline_references=True,
    )
    op.add_column("customer", sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    op.create_index(
        "ix_customer_city",
        "customer",
        ["city"],
        unique=False,
        sqlite_where=sa.text("city IS NOT NULL"),
        postgresql_where=sa.text("city IS NOT NULL"),
    )
    op.create_index(
        "ix_customer_company",
        "customer",
        ["company"],
        unique=False,
        sqlite_where=sa.text("company IS NOT NULL"),
        postgresql_where=sa.text("company IS NOT NULL"),
    )
    op.create_index("ix_customer_created", "customer", ["created_at"], unique=False)
    op.create_index(
        "ix_customer_last_order_at",
        "customer",
        ["last_order_at"],
        unique=False,
        sqlite_where=sa.text("last_order_at IS NOT NULL"),
        postgresql_where=sa.text("last_order_at IS NOT NULL"),
    )
    op.create_index(
        "ix_customer_merged_into_id",
        "customer",
        ["merged_into_id"],
        unique=False,
        sqlite_where=sa.text("merged_into_id IS NOT NULL"),
        postgresql_where=sa.text("merged_into_id IS NOT NULL"),
    )
    op.create_index(
        "ix_customer_owner_id",
        "customer",
        ["owner_id"],
        unique=False,
        sqlite_where=sa.text("owner_id IS NOT NULL"),
        postgresql_where=sa.text("owner_id IS NOT NULL"),
    )
    op.create_index(
        "ix_customer_tier",
        "customer",
        ["tier"],
        unique=False,
        sqlite_where=sa.text("tier IS NOT NULL"),
        postgresql_where=sa.text("tier IS NOT NULL"),
    )
    op.create_index("ix_message_customer", "message", ["customer_id", "at", "id"], unique=False)
    op.create_index(
        "ix_message_note",
        "message",
        ["customer_id", "at", "id"],
        unique=False,
        sqlite_where=sa.text("direction = 'note'"),
        postgresql_where=sa.text("direction = 'note'"),
    )
    op.add_column(
        "ticket",
        sa.Column(
            "order_id",
            sa.Integer(),
            sa.ForeignKey("sales_order.id", name=op.f("fk_ticket_order_id_sales_order")),
            nullable=True,
        ),
        inline_references=True,
    )
    op.add_column(
        "ticket",
        sa.Column(
            "merged_into_id",
            sa.Integer(),
            sa.ForeignKey("ticket.id", name=op.f("fk_ticket_merged_into_id_ticket")),
            nullable=True,
        ),
        inline_references=True,
    )
    op.create_index(
        "ix_ticket_order_id",
        "ticket",
        ["order_id"],
        unique=False,
        sqlite_where=sa.text("order_id IS NOT NULL"),
        postgresql_where=sa.text("order_id IS NOT NULL"),
    )

    _create_grams()


def downgrade() -> None:
    raise NotImplementedError("the way back is the backup that was taken before the upgrade")
