//! Histories that once went wrong, one for each row that the model can express.

use super::events::{Event, Linking, Members, State};
use super::play;
use Event::{Config, Hide, Hub, Link, Member, Move, Recipients, Registry, Set, Unreadable};
use State::{Absent, Archived, Failed, Passed, Suppressed};

/// Problem 3 is in account 1 and Region 1, which is linked; problem 0 in account 1 and the home Region.
pub(super) fn seeds() -> Vec<(&'static str, Vec<Vec<Event>>)> {
    let two = || vec![Set(0, Failed), Set(3, Failed)];
    vec![
        (
            "Security Hub is switched off in a linked Region",
            vec![two(), vec![Hub(1, false)], vec![], vec![Hub(1, true)]],
        ),
        ("a named Region is switched off", vec![two(), vec![Link(Linking::One), Hub(1, false)], vec![]]),
        ("a Region is unlinked", vec![vec![Set(6, Failed)], vec![Link(Linking::One)], vec![]]),
        ("the aggregator is deleted", vec![two(), vec![Link(Linking::None)], vec![Link(Linking::All)]]),
        ("the account is dark everywhere", vec![two(), vec![Member(1, false)], vec![Member(1, true)]]),
        ("a page lacks an open finding", vec![two(), vec![Hide(3)], vec![]]),
        (
            "degraded, and findings vanish",
            vec![two(), vec![Config(1, false), Set(0, Absent), Set(3, Archived)], vec![]],
        ),
        ("degraded, with proof", vec![two(), vec![Config(1, false), Set(0, Passed), Set(3, Suppressed)]]),
        ("resources in another order and another ID", vec![two(), vec![Move(0), Move(3)], vec![Move(0)]]),
        ("an account leaves and returns", {
            vec![vec![Set(1, Failed)], vec![Registry(Members::PWithoutTwo)], vec![], vec![Registry(Members::All)]]
        }),
        ("an account returns after its problem was fixed", {
            vec![
                vec![Set(1, Failed)],
                vec![Registry(Members::PWithoutTwo)],
                vec![Registry(Members::All), Set(1, Passed)],
            ]
        }),
        ("everything is suppressed", vec![two(), vec![Set(0, Suppressed), Set(3, Suppressed)], vec![Set(0, Failed)]]),
        (
            "a shorter registry",
            vec![vec![Set(2, Failed)], vec![Registry(Members::WithoutQ)], vec![Registry(Members::All)]],
        ),
        ("no recipients at first", {
            vec![vec![Recipients(false), Set(0, Failed)], vec![Set(3, Failed)], vec![Recipients(true)], vec![]]
        }),
        ("fixed before anybody was told", {
            vec![
                vec![Recipients(false), Set(0, Failed)],
                vec![Set(0, Passed)],
                vec![Recipients(true)],
                vec![Set(0, Failed)],
            ]
        }),
        ("fixed and back", vec![two(), vec![Set(0, Passed)], vec![], vec![Set(0, Failed)]]),
        ("an account that cannot be read", vec![two(), vec![Unreadable(1), Set(0, Passed)], vec![]]),
        ("a Region whose issues are all closed goes dark", vec![two(), vec![Set(3, Passed)], vec![Hub(1, false)]]),
    ]
}

#[tokio::test(start_paused = true)]
async fn histories_that_went_wrong_agree_with_the_model() {
    for (name, history) in seeds() {
        if let Err(failure) = play(&history).await {
            panic!("{name}: {failure}");
        }
    }
}
