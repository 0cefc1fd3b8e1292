"""Match R-CNN: garments compared in pairs, by features that the detector has computed already.

Ge et al.: DeepFashion2: A Versatile Benchmark for Detection, Pose Estimation, Segmentation and Re-Identification of
Clothing Images, CVPR 2019, section 4.
"""
