"""Generation of garments: a DCGAN as published, and one for few photos beside it."""
