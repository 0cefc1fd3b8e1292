"""Figures: functions of true and predicted Tables, their intervals, and the signals of collapse; no pages."""
