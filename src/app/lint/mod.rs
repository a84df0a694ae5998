pub struct Outcome { pub problems: usize }
pub fn run(_i: &[std::path::PathBuf], _s: impl std::io::Read, _o: &mut impl std::io::Write) -> std::io::Result<Outcome> { Ok(Outcome{problems:0}) }
