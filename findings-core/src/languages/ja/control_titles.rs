//! Japanese titles of controls in our own words, and where AWS documents the controls in Japanese. Findings have English
//! titles alone.

/// What Japanese readers are told of a control.
#[derive(Debug)]
struct Control {
    id: &'static str,
    title: &'static str,
    /// Its section in the Security Hub User Guide.
    documentation: &'static str,
}

/// Declares controls by the page of the guide, which has the controls of a service, and their numbers.
macro_rules! controls {
    ($($id:literal $service:literal $number:literal $title:literal,)*) => {
        &[$(Control {
            id: $id,
            title: $title,
            documentation: concat!(
                "https://docs.aws.amazon.com/ja_jp/securityhub/latest/userguide/", $service, "-controls.html#", $service, "-", $number
            ),
        },)*]
    };
}

/// Sorted by ID.
const CONTROLS: &[Control] = controls![
    "Account.1" "account" 1 "アカウントのセキュリティ連絡先を登録する",
    "CloudTrail.1" "cloudtrail" 1 "全リージョンの管理イベントを CloudTrail で記録する",
    "CloudTrail.2" "cloudtrail" 2 "CloudTrail のログを KMS キーで暗号化する",
    "CloudTrail.4" "cloudtrail" 4 "CloudTrail のログファイル検証を有効にする",
    "CloudTrail.5" "cloudtrail" 5 "CloudTrail のログを CloudWatch Logs に送信する",
    "Config.1" "config" 1 "AWS Config を有効にし、必要なリソースを記録する",
    "DynamoDB.2" "dynamodb" 2 "DynamoDB テーブルのポイントインタイムリカバリを有効にする",
    "EC2.1" "ec2" 1 "EBS スナップショットを公開しない",
    "EC2.10" "ec2" 10 "VPC に EC2 用の VPC エンドポイントを作成する",
    "EC2.13" "ec2" 13 "ポート 22 をインターネット全体に開放しない",
    "EC2.14" "ec2" 14 "ポート 3389 をインターネット全体に開放しない",
    "EC2.15" "ec2" 15 "サブネットでパブリック IP アドレスを自動的に割り当てない",
    "EC2.16" "ec2" 16 "使用していないネットワーク ACL を削除する",
    "EC2.18" "ec2" 18 "許可したポート以外をインターネット全体に開放しない",
    "EC2.19" "ec2" 19 "高リスクポートをインターネット全体に開放しない",
    "EC2.2" "ec2" 2 "デフォルトセキュリティグループのルールを空にする",
    "EC2.21" "ec2" 21 "ネットワーク ACL でポート 22 と 3389 をインターネット全体に開放しない",
    "EC2.3" "ec2" 3 "使用中の EBS ボリュームを暗号化する",
    "EC2.6" "ec2" 6 "すべての VPC でフローログを有効にする",
    "EC2.7" "ec2" 7 "EBS のデフォルト暗号化を有効にする",
    "EC2.8" "ec2" 8 "EC2 インスタンスで IMDSv2 を必須にする",
    "EC2.9" "ec2" 9 "EC2 インスタンスにパブリック IPv4 アドレスを割り当てない",
    "ECR.1" "ecr" 1 "ECR プライベートリポジトリのイメージスキャンを有効にする",
    "ECR.3" "ecr" 3 "ECR リポジトリにライフサイクルポリシーを設定する",
    "ECS.12" "ecs" 12 "ECS クラスターで Container Insights を有効にする",
    "ECS.5" "ecs" 5 "ECS コンテナのルートファイルシステムを読み取り専用にする",
    "ELB.4" "elb" 4 "Application Load Balancer で無効な HTTP ヘッダーを破棄する",
    "ELB.5" "elb" 5 "ロードバランサーのログ記録を有効にする",
    "ELB.6" "elb" 6 "ロードバランサーの削除保護を有効にする",
    "GuardDuty.1" "guardduty" 1 "GuardDuty を有効にする",
    "IAM.1" "iam" 1 "フル管理者権限を許可する IAM ポリシーを作成しない",
    "IAM.2" "iam" 2 "IAM ユーザーにポリシーを直接アタッチしない",
    "IAM.3" "iam" 3 "アクセスキーを 90 日以内に更新する",
    "IAM.4" "iam" 4 "ルートユーザーのアクセスキーを削除する",
    "IAM.5" "iam" 5 "コンソールを利用する IAM ユーザーに MFA を設定する",
    "IAM.6" "iam" 6 "ルートユーザーにハードウェア MFA を設定する",
    "IAM.7" "iam" 7 "IAM ユーザーのパスワードポリシーを強化する",
    "IAM.8" "iam" 8 "使用していない IAM ユーザーの認証情報を削除する",
    "IAM.9" "iam" 9 "ルートユーザーに MFA を設定する",
    "KMS.3" "kms" 3 "KMS キーを意図せず削除しない",
    "KMS.4" "kms" 4 "KMS キーの自動ローテーションを有効にする",
    "Lambda.1" "lambda" 1 "Lambda 関数を不特定多数から呼び出せないようにする",
    "Lambda.2" "lambda" 2 "Lambda 関数でサポート中のランタイムを使う",
    "RDS.1" "rds" 1 "RDS スナップショットを公開しない",
    "RDS.13" "rds" 13 "RDS のマイナーバージョン自動アップグレードを有効にする",
    "RDS.2" "rds" 2 "RDS インスタンスをパブリックアクセス不可にする",
    "RDS.3" "rds" 3 "RDS インスタンスのストレージを暗号化する",
    "S3.1" "s3" 1 "アカウント全体で S3 のパブリックアクセスをブロックする",
    "S3.2" "s3" 2 "S3 バケットの公開読み取りを禁止する",
    "S3.3" "s3" 3 "S3 バケットの公開書き込みを禁止する",
    "S3.5" "s3" 5 "TLS を使わない S3 へのリクエストを拒否する",
    "S3.8" "s3" 8 "バケットごとにパブリックアクセスをブロックする",
    "S3.9" "s3" 9 "S3 バケットのサーバーアクセスログを有効にする",
    "SSM.1" "ssm" 1 "EC2 インスタンスを Systems Manager で管理する",
    "SecretsManager.1" "secretsmanager" 1 "シークレットの自動ローテーションを有効にする",
];

fn find(id: &str) -> Option<&'static Control> {
    CONTROLS.binary_search_by(|control| control.id.cmp(id)).ok().map(|at| &CONTROLS[at])
}

/// Returns the Japanese title of a control.
pub(super) fn title(id: &str) -> Option<&'static str> {
    find(id).map(|control| control.title)
}

/// Returns the URL of what AWS says of a control in Japanese.
pub(super) fn documentation(id: &str) -> Option<&'static str> {
    find(id).map(|control| control.documentation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_are_sorted_and_lead_to_their_own_section() {
        assert!(CONTROLS.is_sorted_by(|a, b| a.id < b.id));
        for Control { id, title: words, documentation: url } in CONTROLS {
            let (service, number) = id.split_once('.').unwrap();
            let service = service.to_lowercase();
            assert!(url.ends_with(&format!("/{service}-controls.html#{service}-{number}")), "{url}");
            assert!(words.chars().any(|c| c > '\u{3000}') && words.chars().count() <= 45, "{id}: {words}");
            assert_eq!((title(id), documentation(id)), (Some(*words), Some(*url)));
        }
        assert_eq!((title("EC2.999"), documentation("")), (None, None));
    }
}
