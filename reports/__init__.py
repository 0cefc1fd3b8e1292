"""How good a model is: functions of two Tables, truth and predictions."""
