from PIL import Image

from readers import read
from readers.counts import counts
from reports.data import drawn
from reports.sheet import sheet
from samples.generated import data_folder


def test_a_sheet_shows_each_picture_with_its_words(ccp):
    figure = sheet(list(drawn(read(f"ccp:{ccp}").in_splits("val"), 5)), columns=3)
    titles = [axis.get_title() for axis in figure.axes if axis.images]
    assert len(figure.axes) == 6 and len(titles) == 5 and all(" = " in title for title in titles)


def test_a_sheet_takes_files_and_none(tmp_path):
    Image.new("RGB", (4, 6)).save(tmp_path / "a.png")
    assert sheet([(tmp_path / "a.png", "a")]).axes[0].images[0].get_array().shape[:2] == (6, 4)
    assert not any(axis.images for axis in sheet([]).axes)


def test_generated_data_sets_are_read_in_full(tmp_path):
    made = data_folder(tmp_path / "nowhere", tmp_path / "made")
    table = read(f"ccp:{made / 'ccp'}")
    assert table.problems.empty and table.photos["width"].eq(240).all()
    assert counts(table).loc[("all", "photos")].tolist() == [36, 18, 18, 72]
    single = read(f"clothing:{made / 'clothing'}")
    assert len(single.problems) == 2 and single.in_splits("val").garments["category"].ne("").any()
    assert data_folder(made, tmp_path / "other") == made and not (tmp_path / "other").exists()
    few = table.sample(7, seed=1)
    assert len(few.photos) == 7 and list(few.photos["photo"]) == sorted(few.photos["photo"])
    assert len(table.sample(1000).photos) == 72
