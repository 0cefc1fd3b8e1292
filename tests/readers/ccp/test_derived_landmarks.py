import numpy as np
import pytest

from garments.landmarks import LANDMARKS, OF_PART, mirrored
from readers.ccp.derived_landmarks import derive_landmarks
from readers.ccp.scenes import BACKGROUND, BELT, FULL, HAIR, LEGWEAR, LOOSE, LOWER, SKIN, UPPER

ROLES = np.arange(10, dtype=np.uint8)  # a label of each role
ROLES[9] = UPPER
JACKET = 9


def person(height=400, width=300):
    """A label map of a head, a neck, bare arms and legs, and shoes: 200 pixels wide, upright in the middle."""
    label_map = np.zeros((height, width), np.uint8)
    label_map[20:60, 125:175] = HAIR
    label_map[35:100, 135:165] = SKIN
    for x in (75, 205):
        label_map[150:220, x : x + 20] = SKIN
    for x in (118, 157):
        label_map[230:370, x : x + 25] = SKIN
        label_map[370:385, x : x + 25] = LEGWEAR
    return label_map


def t_shirt(label_map, value=UPPER, hem=180):
    label_map[90:150, 70:230] = value
    label_map[90:hem, 110:190] = value
    label_map[80:100, 135:165] = SKIN
    return label_map


def trousers(label_map, top=180):
    label_map[top:260, 112:188] = LOWER
    for x in (112, 152):
        label_map[top:350, x : x + 36] = LOWER
    return label_map


def dress(label_map):
    t_shirt(label_map, FULL, 150)
    for y in range(150, 300):
        reach = 28 + abs(y - 172) // 2
        label_map[y, 150 - reach : 150 + reach] = FULL
    return label_map


def near(found, name, x, y, visibility, within=8):
    row = found[LANDMARKS.index(name)]
    assert row[2] == visibility and abs(row[0] - x) <= within and abs(row[1] - y) <= within, (name, row)


def test_a_t_shirt_ends_at_the_neck_the_arms_and_over_the_trousers():
    found = derive_landmarks(t_shirt(trousers(person())), UPPER, "upper", ROLES)
    for side, collar, sleeve, end in (("left", 134, 85, 110), ("right", 166, 215, 190)):
        near(found, f"{side} collar", collar, 90, 2)
        near(found, f"{side} sleeve", sleeve, 149, 2)
        near(found, f"{side} hem", end, 179, 2)
    assert not found[[4, 5]].any() and found.dtype == np.float32 and found.shape == (8, 3)


def test_trousers_have_a_waistline_and_outer_hems():
    found = derive_landmarks(trousers(person()), LOWER, "lower", ROLES)
    near(found, "left waistline", 112, 180, 2)
    near(found, "right waistline", 188, 180, 2)
    near(found, "left hem", 112, 349, 2)
    near(found, "right hem", 188, 349, 2)
    assert not found[:4].any()


def test_the_waistline_of_a_dress_is_its_narrowest_row_or_its_belt():
    label_map = dress(person())
    found = derive_landmarks(label_map, FULL, "full", ROLES)
    near(found, "left waistline", 122, 172, 2)
    near(found, "right waistline", 178, 172, 2)
    near(found, "left hem", 59, 299, 2)
    near(found, "right hem", 241, 299, 2)
    label_map[178:186, 119:181] = BELT
    near(derive_landmarks(label_map, FULL, "full", ROLES), "left waistline", 119, 182, 2)


def test_what_covers_a_landmark_occludes_it():
    label_map = t_shirt(trousers(person(), 175), hem=175)
    label_map[175:183, 106:195] = BELT
    found = derive_landmarks(label_map, UPPER, "upper", ROLES)
    near(found, "left hem", 110, 174, 1)
    near(found, "right hem", 190, 174, 1)
    bagged = trousers(person())
    bagged[320:360, 60:125] = LOOSE
    assert derive_landmarks(bagged, LOWER, "lower", ROLES)[6:, 2].tolist() == [1, 2]
    haired = t_shirt(person())
    haired[20:110, 120:180] = HAIR
    assert (derive_landmarks(haired, UPPER, "upper", ROLES)[:2, 2] == 1).all()


def test_a_shirt_hanging_over_the_trousers_hides_their_waistline():
    label_map = t_shirt(trousers(person(), 180), hem=220)
    assert derive_landmarks(label_map, LOWER, "lower", ROLES)[4:, 2].tolist() == [1, 1, 2, 2]
    assert (derive_landmarks(label_map, UPPER, "upper", ROLES)[6:, 2] == 2).all()


def test_the_sleeve_below_a_jacket_is_not_labelled():
    label_map = t_shirt(person(), JACKET)
    label_map[100:180, 130:170] = UPPER
    found = derive_landmarks(label_map, UPPER, "upper", ROLES)
    assert not found[[2, 3]].any()
    near(derive_landmarks(label_map, JACKET, "upper", ROLES), "left sleeve", 85, 149, 2)


def test_what_the_edge_of_the_photo_cuts_off_is_not_labelled():
    whole = trousers(person())
    assert not derive_landmarks(whole[:300], LOWER, "lower", ROLES)[6:].any()
    half = derive_landmarks(whole[:, 130:], LOWER, "lower", ROLES)
    assert not half[[4, 6]].any()
    near(half, "right hem", 58, 349, 2)
    assert not derive_landmarks(t_shirt(person())[95:], UPPER, "upper", ROLES)[:2].any()


@pytest.mark.parametrize("part", OF_PART)
def test_nothing_is_labelled_of_an_empty_mask_or_a_single_pixel(part):
    label_map = np.full((60, 40), BACKGROUND, np.uint8)
    assert not derive_landmarks(label_map, UPPER, part, ROLES).any()
    label_map[30, 20] = UPPER
    assert not derive_landmarks(label_map, UPPER, part, ROLES).any()
    assert derive_landmarks(np.full((60, 40), UPPER, np.uint8), UPPER, part, ROLES).shape == (8, 3)


@pytest.mark.parametrize(
    "draw, value, part", [(t_shirt, UPPER, "upper"), (trousers, LOWER, "lower"), (dress, FULL, "full")]
)
def test_a_mirrored_photo_swaps_the_names(draw, value, part):
    label_map = draw(person())
    label_map[:, 0:110] = np.roll(label_map, 9, 1)[:, 0:110]  # not the same on both sides
    found = derive_landmarks(label_map, value, part, ROLES)
    other = derive_landmarks(label_map[:, ::-1], value, part, ROLES)
    assert found[:, 2].any() and np.allclose(other, mirrored(found, label_map.shape[1]), atol=2)
    assert np.allclose(mirrored(mirrored(found, 300), 300), found)
