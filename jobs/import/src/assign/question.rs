//! The column with the value of the Net Promoter Score question: accepted only where exactly one column qualifies.

use std::collections::{BTreeMap, HashSet};

use entity::ScoreCategory;
use entity::score::on_scale;

use super::assigner::ColumnAssigner;
use super::{ColumnRole, ImportField, MissingField};
use crate::column_profile::ColumnProfile;
use crate::format::FileFormat;
use crate::heading::{cell, quoted};
use crate::score;

/// Number of scores from which their range shows the scale.
const RESPONSES_TO_SHOW_SCALE: usize = 20;

/// The same where neither the tool nor the question says that the scale ends at 10.
const RESPONSES_TO_SUSPECT_SCALE: usize = 6;

const NOTHING_NAMES_IT: &str = "no column of scores from 0 to 10 names recommending or NPS";

impl ColumnAssigner<'_> {
    /// Finds the only column of scores whose question names recommending or NPS, or the score column of a tool that
    /// asks nothing else.
    pub(super) fn score(&mut self) {
        if let Some(at) = self.assigned.column_of(ImportField::Score) {
            return self.tell_other_columns(at);
        }
        if self.description.format != FileFormat::Generic {
            let missing = self.assigned.missing.len();
            self.pick(ImportField::Score, self.description.scores, |column| {
                column.values.is_empty() || column.holds_scores()
            });
            self.assigned.missing.truncate(missing);
        }
        if !self.has(ImportField::Score) {
            self.only_question();
        }
        self.check_scale();
    }

    fn only_question(&mut self) {
        let named = self.candidates();
        if let Some(question) = self.spread_question(&named) {
            self.assigned.problems.push(format!(
                "the responses to \"{question}\" are spread over one column for each score: export the file again with \
                 condensed columns"
            ));
            return;
        }
        let (with_scores, others): (Vec<usize>, Vec<usize>) =
            named.into_iter().partition(|at| self.columns[*at].holds_scores());
        let with_scores = self.without_codes(with_scores);
        let empty: Vec<usize> = others.iter().copied().filter(|at| self.columns[*at].values.is_empty()).collect();
        // A question without values in the sample may have some further down, unless the sample is the whole file.
        let open = if self.mapping.is_whole && !with_scores.is_empty() { Vec::new() } else { empty };
        let possible: Vec<usize> = with_scores.into_iter().chain(open).collect();
        let responses = self.numbered_responses();
        match (&possible[..], &responses[..]) {
            ([at], _) => self.set(*at, ImportField::Score),
            ([_, ..], _) => {
                let mut reason = "more than one column of scores from 0 to 10 names recommending or NPS".to_owned();
                if self.answer_each_other(&possible) {
                    let maps: Vec<String> = possible
                        .iter()
                        .map(|at| format!("--map score='{}'", self.columns[*at].heading.column))
                        .collect();
                    reason = format!(
                        "{reason}, and each response answers one of them: where they are one question in several languages or \
                         branches, {} reads them as one",
                        maps.join(" ")
                    );
                }
                self.add_missing(ImportField::Score, reason, possible);
            }
            // Nothing identifies the question here: a scale that ends at 5 could be mistaken for one that ends at 10.
            ([], [at]) if self.columns[*at].greatest_score().is_some_and(|score| score > 5) => {
                self.set(*at, ImportField::Score);
            }
            ([], [_, ..]) => {
                self.add_missing(
                    ImportField::Score,
                    "nothing identifies the question of the Net Promoter Score",
                    responses,
                );
            }
            ([], []) => {
                // A tool's own score column is meant even where most of its cells are not scores.
                let own = self.description.scores.iter().flat_map(|tier| self.named(tier));
                let named: Vec<usize> = others.into_iter().chain(own).collect();
                let mut guesses = self.guesses();
                if guesses.is_empty() {
                    guesses.extend(named.iter().filter(|at| self.columns[**at].greatest_score().is_some()));
                }
                self.add_missing(ImportField::Score, self.unreadable(&named), guesses);
            }
        }
    }

    /// The question whose values a tool spreads over one column for each score, as SurveyMonkey does in expanded
    /// columns.
    fn spread_question(&self, named: &[usize]) -> Option<String> {
        let mut scores: BTreeMap<&str, HashSet<i16>> = BTreeMap::new();
        for at in named {
            let heading = &self.columns[*at].heading;
            let question = heading.column.strip_suffix(&heading.question).and_then(|start| start.strip_suffix(" - "));
            let score = score::labelled(&heading.question).ok().and_then(on_scale);
            if let (Some(question), Some(score)) = (question, score) {
                scores.entry(question).or_default().insert(score);
            }
        }
        scores.into_iter().find(|(_, scores)| scores.len() > 2).map(|(question, _)| question.to_owned())
    }

    /// The columns whose names identify the question; for an unknown tool also those simply named as a score.
    fn candidates(&self) -> Vec<usize> {
        let grouped: HashSet<String> = self
            .columns
            .iter()
            .filter_map(|column| column.heading.column.to_uppercase().strip_suffix("_NPS_GROUP").map(str::to_owned))
            .collect();
        let named_scores: Vec<usize> = match self.description.format {
            FileFormat::Generic => self.description.scores.iter().flat_map(|tier| self.named(tier)).collect(),
            _ => Vec::new(),
        };
        let qualifies = |at: &usize| {
            let column = &self.columns[*at];
            let names_it = column.names_recommending() && (column.holds_scores() || !column.asks_for_a_reason());
            names_it || grouped.contains(&column.heading.column.to_uppercase()) || named_scores.contains(at)
        };
        self.free().filter(qualifies).collect()
    }

    /// Tells of columns that look like the rest of the question whose column was named.
    fn tell_other_columns(&mut self, score: usize) {
        let is_rest = |at: &usize| {
            let column = &self.columns[*at];
            column.names_recommending() && column.holds_scores() && self.answer_each_other(&[score, *at])
        };
        let others: Vec<String> = self
            .free()
            .filter(is_rest)
            .map(|at| format!("--map score='{}'", self.columns[at].heading.column))
            .collect();
        if !others.is_empty() {
            self.assigned.notes.push(format!(
                "other rows answer what may be the same question in another column: {} reads it too",
                others.join(" ")
            ));
        }
    }

    /// True where no record answers more than one of these columns.
    fn answer_each_other(&self, columns: &[usize]) -> bool {
        let answered = |record: &csv::ByteRecord| {
            columns
                .iter()
                .filter(|at| Some(cell(record, **at)).is_some_and(|value| score::labelled(&value).is_ok()))
                .count()
        };
        let most = self.mapping.sample.iter().map(answered).max().unwrap_or_default();
        most == 1 && columns.iter().all(|at| !self.columns[*at].values.is_empty())
    }

    /// Removes columns of codes, unless only these are left.
    fn without_codes(&self, columns: Vec<usize>) -> Vec<usize> {
        let scores: Vec<usize> = columns.iter().copied().filter(|at| !self.columns[*at].holds_codes()).collect();
        if scores.is_empty() { columns } else { scores }
    }

    /// The columns of scores of a tool whose header does not contain its questions.
    fn numbered_responses(&self) -> Vec<usize> {
        let Some(start) = self.description.response_prefix else { return Vec::new() };
        self.free()
            .filter(|at| self.columns[*at].heading.key.contains(start) && self.columns[*at].holds_scores())
            .collect()
    }

    /// What is wrong with the columns that are named like the question and contain no scores.
    fn unreadable(&self, named: &[usize]) -> String {
        let found = named.iter().find_map(|at| {
            let column = &self.columns[*at];
            let mut values: Vec<&str> = column
                .values
                .iter()
                .map(String::as_str)
                .filter(|value| score::labelled(value).is_err() && !score::is_no_answer(value))
                .filter(|value| value.chars().count() <= 60)
                .collect();
            values.dedup();
            values.truncate(3);
            let names_it = column.heading.text();
            let dates = if values.iter().any(|value| score::is_turned_into_a_date(value)) {
                ": a spreadsheet has turned scores into dates; export the file again and import it without opening it there"
            } else {
                ""
            };
            (!values.is_empty()).then(|| {
                format!(
                    "\"{names_it}\" could be it, but too many of its cells are not scores, such as {}{dates}",
                    quoted(&values)
                )
            })
        });
        found.unwrap_or_else(|| NOTHING_NAMES_IT.to_owned())
    }

    /// Columns of scores that are neither ids nor codes; first those that reach the end of the scale.
    fn guesses(&self) -> Vec<usize> {
        let is_id = |column: &ColumnProfile| {
            let key = &column.heading.key;
            key == "id" || key.ends_with("id") && !key.ends_with("paid")
        };
        let fits = |at: &usize| {
            let column = &self.columns[*at];
            column.holds_scores() && !column.holds_codes() && !is_id(column)
        };
        let mut guesses: Vec<usize> = self.free().filter(fits).collect();
        guesses.sort_by_key(|at| !self.columns[*at].reaches_the_end());
        guesses
    }

    /// Withdraws the score where its cells show another scale.
    fn check_scale(&mut self) {
        let Some(at) = self.assigned.column_of(ImportField::Score) else { return };
        let Some(what) = self.contradiction(at).or_else(|| self.short_scale(at)) else { return };
        self.assigned.roles[at] = None;
        let candidates = vec![at];
        self.assigned.missing.push(MissingField {
            field: ImportField::Score,
            reason: what,
            candidates,
            is_contradicted: true,
        });
    }

    fn short_scale(&self, at: usize) -> Option<String> {
        let column = &self.columns[at];
        let scores: Vec<i64> = column.values.iter().filter_map(|value| score::labelled(value).ok()).collect();
        let (least, greatest) = (scores.iter().min()?, scores.iter().max()?);
        let name = &column.heading.column;
        if *least > 0 && *greatest == 11 {
            return Some(format!(
                "\"{name}\" reaches from 1 to 11: coded from 1 to 11? Export the choices themselves, or scores from 0 to 10; \
                 where 11 stands for no answer, --map score='{name}' rejects these rows"
            ));
        }
        let says_nothing = self.description.format == FileFormat::Generic && !column.names_its_scale();
        let enough = if says_nothing { RESPONSES_TO_SUSPECT_SCALE } else { RESPONSES_TO_SHOW_SCALE };
        let is_short = scores.len() >= enough && ((*least > 0 && *greatest <= 7) || *greatest <= 3);
        is_short.then(|| {
            format!(
                "\"{}\" only ranges from {least} to {greatest}, which looks like a scale other than 0 to 10",
                column.heading.column
            )
        })
    }

    /// How the tool's own category contradicts a column: its scores belong to another category.
    fn contradiction(&self, at: usize) -> Option<String> {
        let own = format!("{}_NPS_GROUP", self.columns[at].heading.column).to_uppercase();
        let group =
            self.columns.iter().position(|column| column.heading.column.to_uppercase() == own).or_else(|| {
                let mut groups = (0..self.columns.len()).filter(|at| self.columns[*at].holds_categories());
                groups.next().filter(|_| groups.next().is_none())
            })?;
        if matches!(self.assigned.roles[group], Some(ColumnRole::Field(_))) {
            return None;
        }
        let agrees = |record: &csv::ByteRecord| {
            let score = score::labelled(&cell(record, at)).ok()?;
            let expected = match ScoreCategory::of(score) {
                ScoreCategory::Promoter => 'p',
                ScoreCategory::Passive => 'n',
                ScoreCategory::Detractor => 'd',
            };
            let category = cell(record, group).to_lowercase();
            let category_word = match category.chars().next()? {
                'p' if category.starts_with("pas") => 'n',
                letter @ ('p' | 'n' | 'd') => letter,
                _ => return None,
            };
            Some(category_word == expected)
        };
        let compared: Vec<bool> = self.mapping.sample.iter().filter_map(agrees).collect();
        let against = compared.iter().filter(|agrees| !**agrees).count();
        (against >= 2 && against * 5 > compared.len()).then(|| {
            format!(
                "\"{}\" and \"{}\" contradict each other in {against} of {} rows, as when scores are coded from 1 \
                 to 11",
                self.columns[at].heading.column,
                self.columns[group].heading.column,
                compared.len()
            )
        })
    }
}
