//! The phrases of members' and brands' comments, by touchpoint and category of the score. Composing
//! them is left to [`super::comment`].

use entity::ScoreCategory::{self, Detractor, Passive, Promoter};

/// Phrases of members about a touchpoint. `{snack}` and `{place}` are replaced by one of `SNACKS` and
/// `PLACES`.
pub(super) fn member_points(touchpoint: &str, category: ScoreCategory) -> &'static [&'static str] {
    match (touchpoint, category) {
        ("delivery", Promoter) => &[
            "the box came a day early and was waiting {place}",
            "the courier rang, waited and even smiled",
            "never a dent in the parcel, not once this year",
            "I always know the hour it comes",
            "it was {place} before breakfast",
        ],
        ("delivery", Passive) => &[
            "the box came on the right day, only late in the evening",
            "the parcel was a little crushed but the {snack} survived",
            "delivery is all right, the tracking less so",
            "it was left {place}, which was fine this time",
        ],
        ("delivery", Detractor) => &[
            "the box was left {place} in the rain",
            "third late parcel in a row and nobody said a word",
            "the courier never rang and took the box away again",
            "the {snack} arrived as crumbs",
            "tracking said \"delivered\" and there was nothing {place}",
        ],
        ("box", Promoter) => &[
            "the {snack} were gone within a day",
            "every box has something that I would never have picked myself",
            "the {snack} have become our Friday ritual",
            "honest portions, little plastic, great taste",
            "I found my favourite {snack} here and now buy them every week",
        ],
        ("box", Passive) => &[
            "the {snack} were good, the rest I gave away",
            "a decent mix, though two things came last month as well",
            "nice enough, but a bit small for the price",
            "the {snack} were new to me, the others were not",
        ],
        ("box", Detractor) => &[
            "the {snack} again, for the third time",
            "half of it had palm oil although my profile says no",
            "four tiny bags and a lot of paper",
            "the {snack} were two days from their date",
            "it feels like whatever was left over in the warehouse",
        ],
        ("support", Promoter) => &[
            "they replaced the {snack} without a single question",
            "a real person who knew what she was talking about",
            "my allergy note was fixed while we were still talking",
        ],
        ("support", Passive) => &[
            "they were friendly, it just took three mails",
            "the answer was right but came after the weekend",
            "solved, although I had to explain it twice",
        ],
        ("support", Detractor) => &[
            "four days for an answer that did not answer anything",
            "I was sent from chat to mail to telephone and back",
            "they told me to read the help page, which I had",
            "nobody could say where my {snack} went",
        ],
        (_, Promoter) => &[
            "I renewed for the whole year without thinking about it",
            "pausing in the summer took two clicks",
            "I changed plans and it was fair to the cent",
        ],
        (_, Passive) => &[
            "I stay for now, the price is at its limit",
            "renewing was easy, understanding the plans was not",
            "I would have liked a reminder before it renewed",
        ],
        (_, Detractor) => &[
            "it renewed although I had paused it",
            "the price went up and the box did not",
            "cancelling is hidden better than my birthday presents",
        ],
    }
}

/// Phrases of brands about a touchpoint, with the same placeholders.
pub(super) fn brand_points(touchpoint: &str, category: ScoreCategory) -> &'static [&'static str] {
    match (touchpoint, category) {
        ("campaign", Promoter) => &[
            "our {snack} reached exactly the households we had asked for",
            "three shops listed the {snack} after this campaign",
            "planning to shelf in five weeks, no other partner does that",
        ],
        ("campaign", Passive) => &[
            "the campaign ran well, the calendar slipped by a week",
            "good reach, but few families among those who got the {snack}",
            "it worked, with more mails than needed",
        ],
        ("campaign", Detractor) => &[
            "our {snack} went into the wrong boxes",
            "the date moved twice and we paid for storage",
            "half of the samples are still in your warehouse",
        ],
        ("report", Promoter) => &[
            "the ratings by region changed our next recipe",
            "clear numbers and comments that we could hand to the board",
            "we learned more about our {snack} here than from a panel",
        ],
        ("report", Passive) => &[
            "useful, once we had rebuilt it in our own sheet",
            "the figures are good, the reasons behind them are missing",
            "we would like it by plan and not only by region",
        ],
        ("report", Detractor) => &[
            "the report came when the season was over",
            "the figures differ from those in the contract",
            "an average and a pie chart are not a report",
        ],
        ("support", Promoter) => &[
            "our contact knew the campaign by heart",
            "one call and the wrong label was replaced everywhere",
            "they found us a new week for the {snack} within the hour",
        ],
        ("support", Passive) => &[
            "helpful people, a different one each time",
            "we got what we asked for after a reminder",
            "the answer was right, though it came after the deadline",
        ],
        ("support", Detractor) => &[
            "we write to three addresses and hear from none",
            "nobody could say which boxes held our {snack}",
            "a week without an answer while the {snack} went stale",
        ],
        (_, Promoter) => &[
            "we have booked four campaigns for next year",
            "the best part of our marketing budget, so we renewed",
            "fair terms and no surprises, we stay",
        ],
        (_, Passive) => &[
            "we renewed for half a year to see how it goes",
            "the terms are fine, the contract is rather long",
            "we stay, with a smaller budget",
        ],
        (_, Detractor) => &[
            "the price per sample went up without any reason given",
            "we will take our {snack} elsewhere next season",
            "the contract renewed before we had seen the figures",
        ],
    }
}

/// Phrases of detractors during the couriers' strike.
pub(super) const STRIKE: [&str; 5] = [
    "nothing has come since the strike began",
    "I understand the couriers, but two weeks without a word from you",
    "the box sat in a depot until the {snack} were stale",
    "because of the strike everything is late and nobody tells us when",
    "why is there no other way to deliver when couriers strike",
];

/// Openings of a comment; some are empty.
pub(super) fn openings(category: ScoreCategory) -> &'static [&'static str] {
    match category {
        Promoter => &["", "", "", "Love it: ", "Really happy, ", "Thank you, ", "Wonderful: "],
        Passive => &["", "", "", "Mostly fine: ", "Not bad, ", "On the whole good, "],
        Detractor => &["", "", "", "Disappointed: ", "Sorry to say, ", "Not good enough, ", "Honestly, "],
    }
}

/// Closing phrases of a comment.
pub(super) fn endings(category: ScoreCategory) -> &'static [&'static str] {
    match category {
        Promoter => &[
            "I tell everybody who asks",
            "do not change a thing",
            "do keep the {snack}",
            "we still talk about it",
            "the best thing this month",
            "looking forward to the next time",
            "I have told three colleagues",
        ],
        Passive => &[
            "let us see how the next one goes",
            "the {snack} made up for the rest",
            "there is room for more",
            "I would not miss it much",
            "I have seen better and worse",
            "a little more care would do",
        ],
        Detractor => &[
            "I am thinking of leaving",
            "there are others who do this better",
            "please call me about it",
            "it used to be better",
            "I have written this before",
            "who reads this anyway",
            "one more time and I am gone",
        ],
    }
}

/// Needs and wishes of members.
pub(super) const MEMBER_WISHES: [&str; 16] = [
    "I need something the children can take to school",
    "I need boxes without nuts, every time and not most times",
    "I need to know the day before when somebody has to be at home",
    "I need a smaller box, we are only two",
    "I need less packaging, my bin is full",
    "I would like to skip a month without calling anybody",
    "I want to discover small bakeries that no shop has",
    "I want to eat better without thinking about it",
    "I dream of a box that knows my taste by now",
    "I hope for more {snack}",
    "I would like to choose one of the snacks myself",
    "we want one evening a week when everybody tries something new",
    "I try to get away from sugar, help me with that",
    "I would love to give a box to my parents",
    "I wish the brands would read what we write",
    "I want to feel that the price is fair",
];

/// Needs and wishes of brands.
pub(super) const BRAND_WISHES: [&str; 10] = [
    "we need to know who buys after tasting",
    "we need fixed dates, our ovens are booked months ahead",
    "we need one contact and not three",
    "we need the raw answers and not only averages",
    "we want to be in shops all over the country by next year",
    "we hope to find families who stay with us",
    "we would like to test two recipes side by side",
    "we aim to be the {snack} that people think of first",
    "we want to hear from those who did not like it",
    "we would like smaller campaigns that we can afford more often",
];

pub(super) const SNACKS: [&str; 16] = [
    "mango chips",
    "rosemary crackers",
    "salted almonds",
    "cocoa bites",
    "lentil puffs",
    "ginger biscuits",
    "cheese twists",
    "oat bars",
    "sesame sticks",
    "apple rings",
    "chilli peas",
    "hazelnut wafers",
    "coconut clusters",
    "rye crisps",
    "date balls",
    "popcorn squares",
];

pub(super) const PLACES: [&str; 6] =
    ["at the door", "at the neighbour's", "in the hallway", "on the porch", "by the bins", "at the corner shop"];
