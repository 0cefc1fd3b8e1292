"""Photos and what is cut out of them: finding files, decoding, reading, crops, drawing, foreground, label maps."""
