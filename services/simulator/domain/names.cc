#include "services/simulator/domain/names.h"

namespace bellwether::simulator {
namespace {

constexpr Word kFirst[] = {
    {"瑞", "Rui"},  {"博", "Bo"},   {"锦", "Jin"},  {"恒", "Heng"}, {"云", "Yun"},  {"启", "Qi"},
    {"泽", "Ze"},   {"鼎", "Ding"}, {"嘉", "Jia"},  {"朗", "Lang"}, {"宏", "Hong"}, {"赛", "Sai"},
    {"安", "An"},   {"凯", "Kai"},  {"明", "Ming"}, {"科", "Ke"},   {"卓", "Zhuo"}, {"弘", "Hung"},
    {"天", "Tian"}, {"新", "Xin"},  {"德", "De"},   {"远", "Yuan"}, {"百", "Bai"},  {"晨", "Chen"}};
constexpr Word kSecond[] = {{"恒", "heng"},   {"远", "yuan"},  {"泰", "tai"},  {"晟", "sheng"},
                            {"禾", "he"},     {"川", "chuan"}, {"源", "yuen"}, {"睿", "rui"},
                            {"铭", "ming"},   {"峰", "feng"},  {"岳", "yue"},  {"辰", "chen"},
                            {"坤", "kun"},    {"维", "wei"},   {"诺", "nuo"},  {"联", "lian"},
                            {"创", "chuang"}, {"信", "xin"},   {"海", "hai"},  {"邦", "bang"},
                            {"图", "tu"},     {"冠", "guan"},  {"达", "da"},   {"凌", "ling"}};

constexpr City kCities[] = {{{"上海", "Shanghai"}, "East"},     {{"杭州", "Hangzhou"}, "East"},
                            {{"苏州", "Suzhou"}, "East"},       {{"宁波", "Ningbo"}, "East"},
                            {{"南京", "Nanjing"}, "East"},      {{"深圳", "Shenzhen"}, "South"},
                            {{"广州", "Guangzhou"}, "South"},   {{"东莞", "Dongguan"}, "South"},
                            {{"厦门", "Xiamen"}, "South"},      {{"北京", "Beijing"}, "North"},
                            {{"天津", "Tianjin"}, "North"},     {{"青岛", "Qingdao"}, "North"},
                            {{"济南", "Jinan"}, "North"},       {{"成都", "Chengdu"}, "West"},
                            {{"重庆", "Chongqing"}, "West"},    {{"西安", "Xi'an"}, "West"},
                            {{"武汉", "Wuhan"}, "Central"},     {{"长沙", "Changsha"}, "Central"},
                            {{"郑州", "Zhengzhou"}, "Central"}, {{"合肥", "Hefei"}, "Central"}};

constexpr Trade kTrades[] = {{"manufacturing", {"精密制造", "Precision Manufacturing"}, true},
                             {"manufacturing", {"重工机械", "Heavy Machinery"}, true},
                             {"manufacturing", {"汽车零部件", "Auto Parts"}, true},
                             {"finance", {"融资租赁", "Leasing"}, false},
                             {"finance", {"财产保险", "Insurance"}, false},
                             {"retail", {"连锁超市", "Supermarkets"}, false},
                             {"retail", {"商贸", "Trading"}, false},
                             {"healthcare", {"医疗器械", "Medical Devices"}, true},
                             {"healthcare", {"生物医药", "Biopharma"}, false},
                             {"energy", {"新能源", "New Energy"}, true},
                             {"energy", {"电力设备", "Power Equipment"}, true},
                             {"logistics", {"供应链", "Supply Chain"}, false},
                             {"logistics", {"冷链物流", "Cold Chain"}, true},
                             {"telecommunications", {"通信技术", "Communications"}, true},
                             {"education", {"教育科技", "Education Technology"}, false},
                             {"construction", {"建设工程", "Engineering"}, true}};

constexpr absl::string_view kAccountManagers[] = {
    "li.wei",    "wang.fang", "zhang.min", "liu.yang",  "chen.jing", "yang.lei",
    "zhao.ning", "huang.bo",  "zhou.xin",  "wu.gang",   "xu.lan",    "sun.hao",
    "ma.chao",   "zhu.ting",  "hu.bin",    "guo.yan",   "he.jun",    "lin.xue",
    "gao.feng",  "luo.dan",   "anna.berg", "marc.owen", "ines.roth", "paul.tan"};
constexpr absl::string_view kSolutionExperts[] = {"song.tao", "xie.hui",  "tang.rui",
                                                  "han.mei",  "feng.kai", "jonas.keil"};
constexpr absl::string_view kSuccessManagers[] = {"deng.qian", "cao.yu",   "peng.li",
                                                  "zeng.ya",   "xiao.han", "maya.lund"};
constexpr absl::string_view kCompetitors[] = {"Northgate Systems", "Helixon", "Qingfeng Cloud",
                                              "Vantora"};
constexpr absl::string_view kCompetitorMoves[] = {
    "free pilot offered", "price cut announced", "demonstration for the board",
    "reference visit arranged", "former employee of the account hired"};
constexpr absl::string_view kProducts[] = {"platform", "analytics", "integration", "field-suite",
                                           "support-plus"};
constexpr absl::string_view kCaseTopics[] = {"login",         "report wrong", "interface down",
                                             "slow response", "invoice",      "training"};

}  // namespace

absl::Span<const Word> FirstSyllables() { return kFirst; }
absl::Span<const Word> SecondSyllables() { return kSecond; }
absl::Span<const City> Cities() { return kCities; }
absl::Span<const Trade> Trades() { return kTrades; }
absl::Span<const absl::string_view> AccountManagers() { return kAccountManagers; }
absl::Span<const absl::string_view> SolutionExperts() { return kSolutionExperts; }
absl::Span<const absl::string_view> SuccessManagers() { return kSuccessManagers; }
absl::Span<const absl::string_view> Competitors() { return kCompetitors; }
absl::Span<const absl::string_view> CompetitorMoves() { return kCompetitorMoves; }
absl::Span<const absl::string_view> Products() { return kProducts; }
absl::Span<const absl::string_view> CaseTopics() { return kCaseTopics; }

}  // namespace bellwether::simulator
