//! The mods that are compiled into the program.

use crate::hcl::EmbeddedMod;

/// `aws_compliance`, used where there is no mod in the current folder.
pub static AWS_COMPLIANCE: EmbeddedMod = EmbeddedMod {
    name: "aws_compliance",
    version: env!("CARGO_PKG_VERSION"),
    files: &[
        ("cis_v200/cis.pp", include_str!("../../mods/aws_compliance/cis_v200/cis.pp")),
        ("cis_v200/docs/cis_v200.md", include_str!("../../mods/aws_compliance/cis_v200/docs/cis_v200.md")),
        ("cis_v200/docs/cis_v200_1.md", include_str!("../../mods/aws_compliance/cis_v200/docs/cis_v200_1.md")),
        ("cis_v200/docs/cis_v200_1_1.md", include_str!("../../mods/aws_compliance/cis_v200/docs/cis_v200_1_1.md")),
        ("cis_v200/docs/cis_v200_1_10.md", include_str!("../../mods/aws_compliance/cis_v200/docs/cis_v200_1_10.md")),
        ("cis_v200/docs/cis_v200_1_11.md", include_str!("../../mods/aws_compliance/cis_v200/docs/cis_v200_1_11.md")),
        ("cis_v200/docs/cis_v200_1_12.md", include_str!("../../mods/aws_compliance/cis_v200/docs/cis_v200_1_12.md")),
        ("cis_v200/docs/cis_v200_1_13.md", include_str!("../../mods/aws_compliance/cis_v200/docs/cis_v200_1_13.md")),
        ("cis_v200/docs/cis_v200_1_14.md", include_str!("../../mods/aws_compliance/cis_v200/docs/cis_v200_1_14.md")),
        ("cis_v200/docs/cis_v200_1_15.md", include_str!("../../mods/aws_compliance/cis_v200/docs/cis_v200_1_15.md")),
        ("cis_v200/docs/cis_v200_1_16.md", include_str!("../../mods/aws_compliance/cis_v200/docs/cis_v200_1_16.md")),
        ("cis_v200/docs/cis_v200_1_17.md", include_str!("../../mods/aws_compliance/cis_v200/docs/cis_v200_1_17.md")),
        ("cis_v200/docs/cis_v200_1_18.md", include_str!("../../mods/aws_compliance/cis_v200/docs/cis_v200_1_18.md")),
        ("cis_v200/docs/cis_v200_1_19.md", include_str!("../../mods/aws_compliance/cis_v200/docs/cis_v200_1_19.md")),
        ("cis_v200/docs/cis_v200_1_2.md", include_str!("../../mods/aws_compliance/cis_v200/docs/cis_v200_1_2.md")),
        ("cis_v200/docs/cis_v200_1_20.md", include_str!("../../mods/aws_compliance/cis_v200/docs/cis_v200_1_20.md")),
        ("cis_v200/docs/cis_v200_1_21.md", include_str!("../../mods/aws_compliance/cis_v200/docs/cis_v200_1_21.md")),
        ("cis_v200/docs/cis_v200_1_22.md", include_str!("../../mods/aws_compliance/cis_v200/docs/cis_v200_1_22.md")),
        ("cis_v200/docs/cis_v200_1_3.md", include_str!("../../mods/aws_compliance/cis_v200/docs/cis_v200_1_3.md")),
        ("cis_v200/docs/cis_v200_1_4.md", include_str!("../../mods/aws_compliance/cis_v200/docs/cis_v200_1_4.md")),
        ("cis_v200/docs/cis_v200_1_5.md", include_str!("../../mods/aws_compliance/cis_v200/docs/cis_v200_1_5.md")),
        ("cis_v200/docs/cis_v200_1_6.md", include_str!("../../mods/aws_compliance/cis_v200/docs/cis_v200_1_6.md")),
        ("cis_v200/docs/cis_v200_1_7.md", include_str!("../../mods/aws_compliance/cis_v200/docs/cis_v200_1_7.md")),
        ("cis_v200/docs/cis_v200_1_8.md", include_str!("../../mods/aws_compliance/cis_v200/docs/cis_v200_1_8.md")),
        ("cis_v200/docs/cis_v200_1_9.md", include_str!("../../mods/aws_compliance/cis_v200/docs/cis_v200_1_9.md")),
        ("cis_v200/section_1.pp", include_str!("../../mods/aws_compliance/cis_v200/section_1.pp")),
        ("mod.pp", include_str!("../../mods/aws_compliance/mod.pp")),
        ("query/account.pp", include_str!("../../mods/aws_compliance/query/account.pp")),
        ("query/ec2.pp", include_str!("../../mods/aws_compliance/query/ec2.pp")),
        ("query/iam_access.pp", include_str!("../../mods/aws_compliance/query/iam_access.pp")),
        ("query/iam_account.pp", include_str!("../../mods/aws_compliance/query/iam_account.pp")),
        ("query/iam_user.pp", include_str!("../../mods/aws_compliance/query/iam_user.pp")),
        ("variables.pp", include_str!("../../mods/aws_compliance/variables.pp")),
    ],
};

#[cfg(test)]
mod tests {
    use super::AWS_COMPLIANCE;
    use std::collections::BTreeSet;
    use std::path::Path;

    fn files(folder: &Path, root: &Path, into: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                files(&path, root, into);
            } else if path.extension().is_some_and(|e| e == "pp" || e == "md") {
                into.insert(path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/"));
            }
        }
    }

    #[test]
    fn every_file_of_the_mod_is_compiled_in() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("mods/aws_compliance");
        let mut there = BTreeSet::new();
        files(&root, &root, &mut there);
        let listed: BTreeSet<String> = AWS_COMPLIANCE.files.iter().map(|(p, _)| (*p).to_owned()).collect();
        assert_eq!(listed, there);
    }
}
