"""Reports on models, as HTML pages: functions of two Tables, truth and predictions."""
