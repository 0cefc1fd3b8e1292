"""What every network shares: backbones, losses, optimizer, sampling, crops and views, settings, saved graphs."""
