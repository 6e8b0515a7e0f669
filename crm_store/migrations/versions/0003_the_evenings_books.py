"""the evening's books: analyses, segments, campaigns, reports, alerts, call tasks"""

import sqlalchemy as sa
from alembic import op

from crm_store.types import BigKey, Json, Utc

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "analysis_snapshot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("as_of", Utc, nullable=False),
        sa.Column("window_start", Utc, nullable=True),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("n", BigKey, nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("result", Json, nullable=False),
        sa.Column("made_at", Utc, nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_analysis_snapshot")),
    )
    op.create_index("ix_analysis_snapshot_kind", "analysis_snapshot", ["kind", "as_of"], unique=False)
    op.create_table(
        "day_counted",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("counted_at", Utc, nullable=True),
        sa.Column("stale_since", Utc, nullable=True),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_day_counted")),
    )
    op.create_table(
        "day_figure",
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("count", BigKey, nullable=False),
        sa.Column("value", BigKey, nullable=False),
        sa.PrimaryKeyConstraint("measure", "by", "day", "key", "currency", name=op.f("pk_day_figure")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("metric", sa.String(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("sign", sa.String(), nullable=False),
        sa.Column("level", sa.Float(), nullable=False),
        sa.Column("cool_down_minutes", sa.Integer(), nullable=False),
        sa.Column("checked_at", Utc, nullable=True),
        sa.Column("raised_at", Utc, nullable=True),
        sa.Column("raised_for", sa.Date(), nullable=True),
        sa.Column("is_over", sa.Boolean(), nullable=False),
        sa.Column("paused_at", Utc, nullable=True),
        sa.Column("ended_at", Utc, nullable=True),
        sa.Column("created_at", Utc, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_alert_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
    )
    op.create_index(op.f("ix_alert_staff_id"), "alert", ["staff_id"], unique=False)
    op.create_table(
        "play",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tier", sa.String(), nullable=False),
        sa.Column("goal", sa.String(24), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("offer", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("every_days", sa.Integer(), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("at", Utc, nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["staff.id"], name=op.f("fk_play_author_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_play")),
        sa.UniqueConstraint("tier", "goal", "number", name=op.f("uq_play_tier_goal_number")),
    )
    op.create_table(
        "report_schedule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(24), nullable=False),
        sa.Column("sections", Json, nullable=False),
        sa.Column("cron", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("skip_empty", sa.Boolean(), nullable=False),
        sa.Column("from_settings", sa.Boolean(), nullable=False),
        sa.Column("paused_at", Utc, nullable=True),
        sa.Column("ended_at", Utc, nullable=True),
        sa.Column("created_at", Utc, nullable=False),
        sa.Column("changed_at", Utc, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_report_schedule_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_schedule")),
    )
    op.create_index(op.f("ix_report_schedule_staff_id"), "report_schedule", ["staff_id"], unique=False)
    op.create_index(
        "uq_report_schedule_settings",
        "report_schedule",
        ["staff_id"],
        unique=True,
        sqlite_where=sa.text("from_settings AND ended_at IS NULL"),
        postgresql_where=sa.text("from_settings AND ended_at IS NULL"),
    )
    op.create_table(
        "segment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("filter", sa.String(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", Utc, nullable=False),
        sa.Column("dropped_at", Utc, nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["staff.id"], name=op.f("fk_segment_created_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segment")),
        sa.UniqueConstraint("name", name=op.f("uq_segment_name")),
    )
    op.create_table(
        "target",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("measure", sa.String(24), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("amount", BigKey, nullable=False),
        sa.Column("set_by", sa.Integer(), nullable=True),
        sa.Column("set_at", Utc, nullable=False),
        sa.ForeignKeyConstraint(["set_by"], ["staff.id"], name=op.f("fk_target_set_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target")),
        sa.UniqueConstraint("measure", "month", name=op.f("uq_target_measure_month")),
    )
    op.create_table(
        "alert_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("usual", sa.Float(), nullable=True),
        sa.Column("at", Utc, nullable=False),
        sa.Column("acknowledged_at", Utc, nullable=True),
        sa.Column("acknowledged_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["acknowledged_by"], ["staff.id"], name=op.f("fk_alert_event_acknowledged_by_staff")
        ),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_alert_event_alert_id_alert")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_event")),
    )
    op.create_index(op.f("ix_alert_event_alert_id"), "alert_event", ["alert_id"], unique=False)
    op.create_table(
        "campaign",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("goal", sa.String(24), nullable=False),
        sa.Column("promotion", sa.String(), nullable=True),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("segment_id", sa.Integer(), nullable=True),
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("excluding", sa.String(), nullable=False),
        sa.Column("holdout", sa.Integer(), nullable=False),
        sa.Column("salt", sa.String(), nullable=False),
        sa.Column("send_at", Utc, nullable=True),
        sa.Column("quiet_from", sa.String(), nullable=True),
        sa.Column("quiet_to", sa.String(), nullable=True),
        sa.Column("conversion_days", sa.Integer(), nullable=False),
        sa.Column("stop_opt_outs", sa.Integer(), nullable=True),
        sa.Column("stop_failures", sa.Integer(), nullable=True),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("cost", BigKey, nullable=False),
        sa.Column("play_id", sa.Integer(), nullable=True),
        sa.Column("tested_at", Utc, nullable=True),
        sa.Column("submitted_by", sa.Integer(), nullable=True),
        sa.Column("submitted_at", Utc, nullable=True),
        sa.Column("approved_by", sa.Integer(), nullable=True),
        sa.Column("approved_at", Utc, nullable=True),
        sa.Column("approved_for", sa.Integer(), nullable=True),
        sa.Column("frozen_at", Utc, nullable=True),
        sa.Column("frozen_upto", sa.Integer(), nullable=True),
        sa.Column("members_hash", sa.String(), nullable=True),
        sa.Column("started_at", Utc, nullable=True),
        sa.Column("sent_all_at", Utc, nullable=True),
        sa.Column("measured_until", Utc, nullable=True),
        sa.Column("why_paused", sa.String(), nullable=True),
        sa.Column("judged_from", Json, nullable=True),
        sa.Column("outcome", Json, nullable=True),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", Utc, nullable=False),
        sa.Column("updated_at", Utc, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["approved_by"], ["staff.id"], name=op.f("fk_campaign_approved_by_staff")),
        sa.ForeignKeyConstraint(["created_by"], ["staff.id"], name=op.f("fk_campaign_created_by_staff")),
        sa.ForeignKeyConstraint(["play_id"], ["play.id"], name=op.f("fk_campaign_play_id_play")),
        sa.ForeignKeyConstraint(["segment_id"], ["segment.id"], name=op.f("fk_campaign_segment_id_segment")),
        sa.ForeignKeyConstraint(["submitted_by"], ["staff.id"], name=op.f("fk_campaign_submitted_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_campaign_state", "campaign", ["state", "send_at"], unique=False)
    op.create_table(
        "customer_score",
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("as_of", Utc, nullable=False),
        sa.Column("recency_days", sa.Integer(), nullable=True),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("net", BigKey, nullable=False),
        sa.Column("r", sa.Integer(), nullable=True),
        sa.Column("f", sa.Integer(), nullable=True),
        sa.Column("m", sa.Integer(), nullable=True),
        sa.Column("rfm", sa.String(), nullable=True),
        sa.Column("rfm_before", sa.String(), nullable=True),
        sa.Column("cluster", sa.Integer(), nullable=True),
        sa.Column("cluster_before", sa.Integer(), nullable=True),
        sa.Column("expected_orders", sa.Float(), nullable=True),
        sa.Column("expected_value", BigKey, nullable=True),
        sa.Column("value_low", BigKey, nullable=True),
        sa.Column("value_high", BigKey, nullable=True),
        sa.Column("risk", sa.Float(), nullable=True),
        sa.Column("reasons", Json, nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_customer_score_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_customer_score")),
    )
    op.create_index(
        "ix_customer_score_cluster",
        "customer_score",
        ["cluster"],
        unique=False,
        sqlite_where=sa.text("cluster IS NOT NULL"),
        postgresql_where=sa.text("cluster IS NOT NULL"),
    )
    op.create_index(
        "ix_customer_score_expected_value",
        "customer_score",
        ["expected_value"],
        unique=False,
        sqlite_where=sa.text("expected_value IS NOT NULL"),
        postgresql_where=sa.text("expected_value IS NOT NULL"),
    )
    op.create_index(
        "ix_customer_score_rfm",
        "customer_score",
        ["rfm"],
        unique=False,
        sqlite_where=sa.text("rfm IS NOT NULL"),
        postgresql_where=sa.text("rfm IS NOT NULL"),
    )
    op.create_index(
        "ix_customer_score_risk",
        "customer_score",
        ["risk"],
        unique=False,
        sqlite_where=sa.text("risk IS NOT NULL"),
        postgresql_where=sa.text("risk IS NOT NULL"),
    )
    op.create_table(
        "report_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("schedule_id", sa.Integer(), nullable=True),
        sa.Column("slot", sa.String(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(24), nullable=False),
        sa.Column("sections", Json, nullable=False),
        sa.Column("window_start", Utc, nullable=False),
        sa.Column("window_end", Utc, nullable=False),
        sa.Column("due_at", Utc, nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("figures", Json, nullable=True),
        sa.Column("sent_at", Utc, nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_report_run_job_id_job")),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["report_schedule.id"], name=op.f("fk_report_run_schedule_id_report_schedule")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_report_run_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_run")),
        sa.UniqueConstraint("schedule_id", "slot", name=op.f("uq_report_run_schedule_id_slot")),
    )
    op.create_index("ix_report_run_staff", "report_run", ["staff_id", "id"], unique=False)
    op.create_table(
        "touch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ad", sa.String(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("at", Utc, nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["staff.id"], name=op.f("fk_touch_author_id_staff")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_touch_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_touch")),
    )
    op.create_index("ix_touch_ad", "touch", ["ad", "at"], unique=False)
    op.create_index(
        "ix_touch_customer_id",
        "touch",
        ["customer_id"],
        unique=False,
        sqlite_where=sa.text("customer_id IS NOT NULL"),
        postgresql_where=sa.text("customer_id IS NOT NULL"),
    )
    op.create_table(
        "campaign_arm",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("body", Json, nullable=False),
        sa.Column("picture", sa.String(), nullable=True),
        sa.Column("buttons", Json, nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_arm_campaign_id_campaign")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_arm")),
        sa.UniqueConstraint("campaign_id", "name", name=op.f("uq_campaign_arm_campaign_id_name")),
    )
    op.create_table(
        "opt_out",
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=True),
        sa.Column("at", Utc, nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_opt_out_campaign_id_campaign")
        ),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_opt_out")),
    )
    op.create_table(
        "campaign_member",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("arm_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("not_before", Utc, nullable=True),
        sa.Column("outbox_id", BigKey, nullable=True),
        sa.Column("sent_at", Utc, nullable=True),
        sa.Column("clicked_at", Utc, nullable=True),
        sa.Column("replied_at", Utc, nullable=True),
        sa.Column("opted_out_at", Utc, nullable=True),
        sa.ForeignKeyConstraint(
            ["arm_id"], ["campaign_arm.id"], name=op.f("fk_campaign_member_arm_id_campaign_arm")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_member_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_campaign_member_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "customer_id", name=op.f("pk_campaign_member")),
    )
    op.create_index(
        "ix_campaign_member_customer", "campaign_member", ["customer_id", "sent_at"], unique=False
    )
    op.create_index(
        "ix_campaign_member_opted_out",
        "campaign_member",
        ["campaign_id"],
        unique=False,
        sqlite_where=sa.text("opted_out_at IS NOT NULL"),
        postgresql_where=sa.text("opted_out_at IS NOT NULL"),
    )
    op.create_index(
        "ix_campaign_member_planned",
        "campaign_member",
        ["campaign_id", "not_before", "customer_id"],
        unique=False,
        sqlite_where=sa.text("state = 'planned'"),
        postgresql_where=sa.text("state = 'planned'"),
    )
    op.create_index(
        "ix_campaign_member_queued",
        "campaign_member",
        ["outbox_id"],
        unique=False,
        sqlite_where=sa.text("state = 'queued'"),
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_index("ix_campaign_member_state", "campaign_member", ["campaign_id", "state"], unique=False)
    op.create_table(
        "task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("order_id", sa.Integer(), nullable=True),
        sa.Column("for_staff_id", sa.Integer(), nullable=True),
        sa.Column("opened_at", Utc, nullable=False),
        sa.Column("due_at", Utc, nullable=False),
        sa.Column("done_at", Utc, nullable=True),
        sa.Column("done_by", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_task_customer_id_customer")),
        sa.ForeignKeyConstraint(["done_by"], ["staff.id"], name=op.f("fk_task_done_by_staff")),
        sa.ForeignKeyConstraint(["for_staff_id"], ["staff.id"], name=op.f("fk_task_for_staff_id_staff")),
        sa.ForeignKeyConstraint(["order_id"], ["sales_order.id"], name=op.f("fk_task_order_id_sales_order")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_task_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
    )
    op.create_index(
        "ix_task_open",
        "task",
        ["due_at", "id"],
        unique=False,
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_index(
        "ix_task_open_customer",
        "task",
        ["customer_id"],
        unique=False,
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_table(
        "tracked_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=True),
        sa.Column("arm_id", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("created_at", Utc, nullable=False),
        sa.ForeignKeyConstraint(
            ["arm_id"], ["campaign_arm.id"], name=op.f("fk_tracked_link_arm_id_campaign_arm")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_tracked_link_campaign_id_campaign")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tracked_link")),
    )
    op.create_index(op.f("ix_tracked_link_campaign_id"), "tracked_link", ["campaign_id"], unique=False)
    op.create_table(
        "click",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("at", Utc, nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_click_customer_id_customer")),
        sa.ForeignKeyConstraint(["link_id"], ["tracked_link.id"], name=op.f("fk_click_link_id_tracked_link")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_click")),
    )
    op.create_index("ix_click_customer", "click", ["customer_id", "at"], unique=False)
    op.create_index(op.f("ix_click_link_id"), "click", ["link_id"], unique=False)
    op.create_index(
        "ix_consent_withdrawn",
        "consent",
        ["purpose", "customer_id", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'withdrawn'"),
        postgresql_where=sa.text("state = 'withdrawn'"),
    )
    op.add_column(
        "customer",
        sa.Column(
            "referred_by_id",
            sa.Integer(),
            sa.ForeignKey("customer.id", name=op.f("fk_customer_referred_by_id_customer")),
            nullable=True,
        ),
        inline_references=True,
    )
    op.create_index(
        "ix_customer_referred_by_id",
        "customer",
        ["referred_by_id"],
        unique=False,
        sqlite_where=sa.text("referred_by_id IS NOT NULL"),
        postgresql_where=sa.text("referred_by_id IS NOT NULL"),
    )
    op.add_column("order_line", sa.Column("cost", BigKey, nullable=True))
    op.create_index(
        "ix_order_return_received_at",
        "order_return",
        ["received_at"],
        unique=False,
        sqlite_where=sa.text("received_at IS NOT NULL"),
        postgresql_where=sa.text("received_at IS NOT NULL"),
    )
    op.add_column("outbox", sa.Column("order_id", sa.Integer(), nullable=True))
    op.add_column("product", sa.Column("cost", BigKey, nullable=True))
    op.create_index(
        "ix_refund_done_at",
        "refund",
        ["done_at"],
        unique=False,
        sqlite_where=sa.text("done_at IS NOT NULL"),
        postgresql_where=sa.text("done_at IS NOT NULL"),
    )
    op.drop_index(op.f("ix_sales_order_customer"), table_name="sales_order")
    op.create_index(
        "ix_sales_order_customer",
        "sales_order",
        ["customer_id", "placed_at", "id", "state", "currency", "paid", "refunded"],
        unique=False,
    )
    op.create_index(
        "ix_sales_order_cancelled_at",
        "sales_order",
        ["cancelled_at"],
        unique=False,
        sqlite_where=sa.text("cancelled_at IS NOT NULL"),
        postgresql_where=sa.text("cancelled_at IS NOT NULL"),
    )
    op.create_index(
        "ix_sales_order_confirmed_at",
        "sales_order",
        ["confirmed_at"],
        unique=False,
        sqlite_where=sa.text("confirmed_at IS NOT NULL"),
        postgresql_where=sa.text("confirmed_at IS NOT NULL"),
    )
    op.add_column("ticket", sa.Column("campaign_id", sa.Integer(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("the way back is the backup that was taken before the upgrade")
