"""What goes with a garment: compatibility learned from garments that are worn together, and recommendations by it."""
