"""Metrics: functions of true and predicted Tables, their confidence intervals, and collapse signals; no pages."""
