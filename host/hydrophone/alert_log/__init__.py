"""Alert log: an append-only file of alerts that survives whatever ends its writer."""

from hydrophone.alert_log.reader import AlertLogReader, LoggedAlert, LogStatus
from hydrophone.alert_log.slots import AlertLogError
from hydrophone.alert_log.writer import AlertLog, Sync

__all__ = ["AlertLog", "AlertLogError", "AlertLogReader", "LogStatus", "LoggedAlert", "Sync"]
