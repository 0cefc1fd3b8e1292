"""What networks share: backbones, losses, optimizer, sampling, crops, views, settings, export, load, checksums."""
