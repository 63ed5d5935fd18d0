//! The twelve decisions of the sample company with their true effects. Together they cover what a
//! review must handle: gains, harm, no effect, two confounded decisions, and a strike that ends just
//! when a decision takes effect.
//!
//! Five leaders who forecast differently: Ines Okafor and Mira Lindqvist forecast well, Priya Raman
//! is right but gives wide ranges, Jonas Weil underestimates harm, and Tomas Rehn is overconfident
//! of large gains that do not occur.

use super::calendar::DemoCalendar;
use super::decision::{DemoDecision, DemoForecast};
use super::segment;

/// The decisions in the order in which they take effect.
#[expect(clippy::too_many_lines, reason = "a list of twelve, read from top to bottom")]
pub(super) fn twelve(calendar: &DemoCalendar) -> [DemoDecision; 12] {
    [
        DemoDecision {
            external_id: "d01-brand-live-reports",
            title: "Live campaign reports for brands",
            rationale: "Brands wait three weeks for a spreadsheet. Showing them ratings as \
                        they come in answers their first question before they ask it.",
            owner: "Priya Raman",
            target: Some(segment::brands()),
            takes_effect_on: calendar.monday(31),
            horizon_weeks: 12,
            logged_days_before: 20,
            expected: DemoForecast::between(0.0, 9.0, 20.0),
            effect_points: 14.0,
            note: "clearly positive, after a forecast that was too modest",
            remarks: &["watching the ratings come in live is superb", "the live report answers what my board asks"],
        },
        DemoDecision {
            external_id: "d02-north-local-bakeries",
            title: "Local bakeries in the boxes of the north",
            rationale: "The north is proud of its bakeries. One local snack in every box will \
                        make people feel at home and talk about us.",
            owner: "Tomas Rehn",
            target: Some(segment::north()),
            takes_effect_on: calendar.monday(34),
            horizon_weeks: 12,
            logged_days_before: 8,
            expected: DemoForecast::between(11.0, 14.0, 17.0),
            effect_points: 0.0,
            note: "no effect; forecast far too sure",
            remarks: &[
                "there was a roll from the next town in it, well",
                "a local bakery this time, no great difference",
            ],
        },
        DemoDecision {
            external_id: "d03-family-evening-slots",
            title: "Evening delivery slots for families",
            rationale: "Half of the complaints of families are about parcels left at an empty \
                        house. Two evening slots a week put the box into somebody's hands.",
            owner: "Ines Okafor",
            target: Some(segment::families()),
            takes_effect_on: calendar.monday(38),
            horizon_weeks: 12,
            logged_days_before: 13,
            expected: DemoForecast::between(4.0, 8.0, 12.0),
            effect_points: 10.0,
            note: "clearly positive, though a strike comes in between",
            remarks: &[
                "the evening slot is a blessing",
                "finally a delivery when I am at home",
                "the new slots in the evening work",
            ],
        },
        DemoDecision {
            external_id: "d04-leaflet-recipes",
            title: "Recipes on the leaflet",
            rationale: "Members who do not use the app only see the printed leaflet. Recipes \
                        by the brands give it a reason to be read.",
            owner: "Tomas Rehn",
            target: Some(segment::off_app()),
            takes_effect_on: calendar.monday(44),
            horizon_weeks: 12,
            logged_days_before: 10,
            expected: DemoForecast::between(8.0, 10.0, 12.0),
            effect_points: 0.0,
            note: "no effect; the couriers' strike ended that week",
            remarks: &["there are recipes on the leaflet now", "I saw the recipes but did not cook any"],
        },
        DemoDecision {
            external_id: "d05-substitutes",
            title: "Substitute snacks that run out",
            rationale: "Starter boxes ship late whenever one snack is missing, except in the \
                        east with a stock of its own. Another in its place keeps the promise \
                        of the day.",
            owner: "Jonas Weil",
            target: Some(segment::settled_starters()),
            takes_effect_on: calendar.day(46, 3),
            horizon_weeks: 12,
            logged_days_before: 11,
            expected: DemoForecast::between(-1.0, 3.0, 7.0),
            effect_points: -10.0,
            note: "harmful, against the forecast; in effect from a Thursday",
            remarks: &[
                "they swapped what I had chosen for plain biscuits",
                "two substitutes in one box is not what I ordered",
            ],
        },
        DemoDecision {
            external_id: "d06-handwritten-cards",
            title: "Handwritten cards for new members",
            rationale: "A handwritten card costs little and shows new members that somebody \
                        packed their box.",
            owner: "Ines Okafor",
            target: Some(segment::newcomers(calendar)),
            takes_effect_on: calendar.monday(48),
            horizon_weeks: 12,
            logged_days_before: 14,
            expected: DemoForecast::between(0.0, 2.0, 4.0),
            effect_points: 1.0,
            note: "too small to see",
            remarks: &["there was a nice little card in it", "we got a card, somebody wrote it by hand"],
        },
        DemoDecision {
            external_id: "d07-app-courier-map",
            title: "Follow the courier on a map in the app",
            rationale: "The question asked most often in the app is where the box is. The map \
                        answers it.",
            owner: "Mira Lindqvist",
            target: Some(segment::app()),
            takes_effect_on: calendar.monday(51),
            horizon_weeks: 12,
            logged_days_before: 16,
            expected: DemoForecast::between(2.0, 6.0, 10.0),
            effect_points: 7.0,
            note: "positive, but cannot be told apart from the loyalty points",
            remarks: &["I love watching the courier on the map", "the map told me exactly when to be at the door"],
        },
        DemoDecision {
            external_id: "d08-app-loyalty-points",
            title: "Loyalty points in the app",
            rationale: "Points for every rating give members a reason to come back to the app \
                        between two boxes.",
            owner: "Tomas Rehn",
            target: Some(segment::app()),
            takes_effect_on: calendar.monday(51),
            horizon_weeks: 12,
            logged_days_before: 9,
            expected: DemoForecast::between(6.0, 8.0, 10.0),
            effect_points: 0.0,
            note: "no effect, but cannot be told apart from the map",
            remarks: &["I collect points now, no idea what for", "the points are neither here nor there"],
        },
        DemoDecision {
            external_id: "d09-same-day-support",
            title: "Every question answered the same day",
            rationale: "Support takes three days, for members and brands alike. Twelve more \
                        people bring it down to hours.",
            owner: "Ines Okafor",
            target: None,
            takes_effect_on: calendar.monday(57),
            horizon_weeks: 12,
            logged_days_before: 18,
            expected: DemoForecast::between(3.0, 7.0, 11.0),
            effect_points: 10.0,
            note: "clearly positive for everybody, without a comparison",
            remarks: &["support answered within two hours", "I asked in the morning and had it solved by noon"],
        },
        DemoDecision {
            external_id: "d10-campaign-fees",
            title: "Fees for late campaign material",
            rationale: "Late material from brands delays whole boxes. A fee will be disliked, \
                        but the boxes leave on time.",
            owner: "Jonas Weil",
            target: Some(segment::brands()),
            takes_effect_on: calendar.day(64, 2),
            horizon_weeks: 8,
            logged_days_before: 15,
            expected: DemoForecast::between(-6.0, -3.0, 0.0),
            effect_points: -14.0,
            note: "harmful, more than foreseen; in effect from a Wednesday",
            remarks: &["the fee for late material is an insult", "we were charged for material that was one day late"],
        },
        DemoDecision {
            external_id: "d11-north-second-depot",
            title: "A second depot in the north",
            rationale: "The north waits a day longer than everybody else and its brands send \
                        their samples across the country. A depot of its own ends both.",
            owner: "Priya Raman",
            target: Some(segment::north()),
            takes_effect_on: calendar.monday(71),
            horizon_weeks: 12,
            logged_days_before: 19,
            expected: DemoForecast::between(-2.0, 5.0, 14.0),
            effect_points: 9.0,
            note: "clearly positive, still inside its horizon",
            remarks: &[
                "it comes two days faster since the depot opened",
                "up here we finally get things as early as everybody else",
            ],
        },
        DemoDecision {
            external_id: "d12-welcome-call",
            title: "Welcome calls for new members",
            rationale: "A call in the first month sorts out allergies and tastes before the \
                        first disappointment.",
            owner: "Mira Lindqvist",
            target: Some(segment::newcomers(calendar)),
            takes_effect_on: calendar.monday(74),
            horizon_weeks: 8,
            logged_days_before: 12,
            expected: DemoForecast::between(1.0, 4.0, 7.0),
            effect_points: 0.0,
            note: "no effect, too early to say",
            remarks: &["somebody called me to say welcome", "I had a call about my tastes, it was all right"],
        },
    ]
}
