"""Every table, in one place for migrations and tests."""

from sqlmodel import SQLModel

import crm_store.analysis.tables
import crm_store.customers.tables
import crm_store.exchange.tables
import crm_store.mailbox.tables
import crm_store.marketing.tables
import crm_store.reports.tables
import crm_store.sales.tables
import crm_store.service.tables
import crm_store.staff.tables  # noqa: F401  (imported so that their tables are known)

metadata = SQLModel.metadata
