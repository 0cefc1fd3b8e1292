"""Made-up data sets, models, photos and predictions that tests, benchmarks, notebooks and the demo share."""
