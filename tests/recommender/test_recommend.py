"""What a shop shows for a garment."""

from recommender.recommend import Shop, recommend
from retriever.catalogue import Catalogue
from retriever.finding import Described
from samples.catalogues import fill, garments_of, unit


def test_similar_garments_are_of_the_same_part_first_then_the_nearest(tmp_path):
    with Catalogue(tmp_path, "model", 8) as catalogue:
        fill(catalogue, [f"{n}.jpg" for n in range(5)], each=2)
        asked = garments_of(["one.jpg", "two.jpg"], each=2).assign(score=0.9)
        rows = recommend(Shop(catalogue), Described(asked, unit(4, seed=1), {}), top=7)
    assert list(rows.groupby(["query", "query_garment"], sort=False).size()) == [7] * 4
    for _, own in rows.groupby(["query", "query_garment"], sort=False):
        other = own["part"] != own["query_part"]
        assert list(other) == [False] * 5 + [True] * 2  # as five of each part are there
        assert list(own["rank"]) == [*range(1, 8)]
        assert all(own[same]["distance"].is_monotonic_increasing for same in (other, ~other))
    assert list(rows["query"].unique()) == ["one.jpg", "two.jpg"]
